# make run: install, add the sample documents to an empty library, serve the chat (PORT=N for another port).
# make test: install, and run the whole suite, browser test included.
PYTHON ?= python3
BIN = .venv/bin
# Python compiles a module when it is first imported, and keeps that unless told not to; to compile all that is installed
# takes two minutes more.
export PYTHONDONTWRITEBYTECODE =
INSTALL = $(BIN)/pip install -qq --no-compile -c constraints.txt
FONT = /usr/share/fonts/truetype/wqy/wqy-microhei.ttc
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test lint chromium

run: .venv/installed
	@[ "$$($(BIN)/huiwen ingest list --json)" != "[]" ] || $(BIN)/huiwen ingest add corpus
	@exec $(BIN)/huiwen serve $(if $(PORT),--port $(PORT))

# One thread of torch for each process: processes that share the cores by threads wait for one another.
test: .venv/installed-dev chromium
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/installed: pyproject.toml constraints.txt
	@echo "Installing Huiwen into .venv (a minute or more the first time) 正在安装，首次需要一两分钟"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is missing: run 'apt-get install python3-venv' first."; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq pip==26.3
	@$(INSTALL) -e .
	@touch $@

.venv/installed-dev: .venv/installed
	@$(INSTALL) -e '.[dev]'
	@touch $@

# The browser test drives Debian's chromium; the font shows Chinese on its screenshots and in the made PDF files.
chromium:
	@if command -v chromium >/dev/null && [ -e $(FONT) ]; then true; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq chromium fonts-wqy-microhei >/dev/null; \
	else echo "For the browser test run: sudo apt-get install chromium fonts-wqy-microhei"; fi
