# What the editor tests need, fetched once into .tools/ at the pins of tests/tools/fetch.py.
# Included by the Makefile, which makes $(BIN)/python and puts .tools/bin first in PATH.

FETCH = $(BIN)/python tests/tools/fetch.py

.tools/.node: tests/tools/fetch.py | $(BIN)/python
	@$(FETCH) node && touch $@

.tools/.neovim: tests/tools/fetch.py | $(BIN)/python
	@$(FETCH) neovim && touch $@

.tools/.code-server: tests/tools/fetch.py .tools/.node | $(BIN)/python
	@$(FETCH) code-server && touch $@

node_modules/.stamp: package-lock.json package.json client-vscode/package.json .tools/.node
	@npm ci --no-progress --loglevel=error
	@touch $@

tools: .tools/.node .tools/.neovim .tools/.code-server node-modules

node-modules: node_modules/.stamp

.PHONY: tools node-modules
