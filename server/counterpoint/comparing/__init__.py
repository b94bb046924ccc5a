"""Models side by side on the same questions: what is asked, what is measured, what may be said. Pure."""
