# Tools the editor tests need, fetched once into .tools/ at the pins of tests/tools/fetch.py, and the extension.
# Included by the Makefile, which says how .venv comes to be: $(PYTHON) must be able to run pip.

PYTHON ?= .venv/bin/python
export PATH := $(CURDIR)/.tools/bin:$(PATH)

NODE_STAMP := .tools/.node
NPM_STAMP := node_modules/.stamp
VSIX := dist/counterpoint.vsix

$(NODE_STAMP): tests/tools/fetch.py
	@$(PYTHON) tests/tools/fetch.py node && touch $@

.tools/.neovim: tests/tools/fetch.py
	@$(PYTHON) tests/tools/fetch.py neovim && touch $@

.tools/.code-server: tests/tools/fetch.py $(NODE_STAMP)
	@$(PYTHON) tests/tools/fetch.py code-server && touch $@

$(NPM_STAMP): package-lock.json package.json client-vscode/package.json $(NODE_STAMP)
	@npm ci --no-progress --loglevel=error
	@touch $@

$(VSIX): $(NPM_STAMP) $(shell find client-vscode/src client-vscode/build client-vscode/media -type f) \
         client-vscode/package.json client-vscode/README.md client-vscode/.vscodeignore $(wildcard LICENSE)
	@npm run --silent package >/dev/null
	@echo "$@ is ready: code --install-extension $@"

.PHONY: tools vsix check-js
tools: $(NODE_STAMP) .tools/.neovim .tools/.code-server $(NPM_STAMP)

vsix: $(VSIX)

check-js: $(NPM_STAMP)
	@npm run --silent check
