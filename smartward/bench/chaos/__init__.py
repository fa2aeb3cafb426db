"""`smartward bench chaos`: calls through real processes while everything between them fails."""
