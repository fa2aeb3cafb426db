"""Where the hub keeps the ward: documents, history, answers, deadlines."""
