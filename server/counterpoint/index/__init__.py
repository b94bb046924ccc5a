"""The workspace index, and the process that holds it together with the trees of open documents."""
