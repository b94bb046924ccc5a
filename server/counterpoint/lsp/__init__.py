"""The language server: translation between the protocol and the engine. Nothing else knows LSP."""
