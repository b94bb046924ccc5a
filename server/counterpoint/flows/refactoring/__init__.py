"""The steps of a refactoring: who relies on the code, what became of them, which tests ran."""
