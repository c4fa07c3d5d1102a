# Every target does its own set-up, with nothing but Python 3.11 on the machine. See README.md for the same lines without make.
PYTHON ?= python3.11
VIDEO ?= sample/solo.mp4
OUT ?= demo
BLENDERS := 4.2 4.5 5.0
# bpy 4.2 was built against numpy 1; the later ones pin it themselves.
BPY_4.2 := bpy==4.2.23 numpy==1.26.4
BPY_4.5 := bpy==4.5.15
BPY_5.0 := bpy==5.0.1
TEST_TOOLS := pytest==9.2.0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

ENGINE := .venv/bin/python
PYTEST := $(ENGINE) -m pytest -q
ready = .venv$(1)/.ready

.PHONY: help demo test test-all lint types benchmark benchmark-quick zip sample clean $(addprefix test-bpy-,$(BLENDERS))

help:
	@echo "make demo [VIDEO=clip.mp4]   capture a clip: take, .blend, FBX, web page and picture in $(OUT)/"
	@echo "make test                    the default suites; make test-all adds the slow ones"
	@echo "make benchmark               side-by-side runs; results in benchmarks/results/, reports in benchmarks/pages/"
	@echo "make benchmark-quick         the small suite that guards against regressions (also in make test)"
	@echo "make zip                     the Blender extension in dist/"

demo: $(call ready,) .venv/.models $(call ready,-bpy-5.0)
	@mkdir -p $(OUT)
	$(ENGINE) -m understudy.core.cli capture "$(VIDEO)" -o $(OUT)/demo.take.npz
	$(ENGINE) -m understudy.core.cli import $(OUT)/demo.take.npz --blend $(OUT)/demo.blend --fbx $(OUT)/demo.fbx
	$(ENGINE) -m understudy.core.cli view $(OUT)/demo.take.npz -o $(OUT)/demo.html --overlay $(OUT)/demo.png
	@echo "Done: open $(OUT)/demo.blend in Blender, $(OUT)/demo.html in a browser, $(OUT)/demo.png to see the solve on the footage."

test: lint types .venv/.models $(call ready,-bpy-5.0)
	$(PYTEST) tests/unit
	@$(MAKE) --no-print-directory $(addprefix test-bpy-,$(BLENDERS))

test-all: lint types .venv/.models
	$(PYTEST) -m "slow or not slow" tests/unit
	@$(MAKE) --no-print-directory $(addprefix test-bpy-,$(BLENDERS)) MARK='-m "slow or not slow"'

$(addprefix test-bpy-,$(BLENDERS)): test-bpy-%: .venv-bpy-%/.ready $(call ready,)
	.venv-bpy-$*/bin/python -m pytest -q $(MARK) tests/blender

lint: $(call ready,)
	$(ENGINE) -m ruff check .

types: $(call ready,) $(call ready,-types)
	$(ENGINE) -m pyright
	.venv-types/bin/python -m pyright -p tools/pyright-addon.json

benchmark: $(call ready,) .venv/.models $(call ready,-peers) $(call ready,-peers-freemocap) $(call ready,-peers-pose2sim) $(call ready,-bpy-5.0)
	$(ENGINE) benchmarks/run_all.py

benchmark-quick: $(call ready,) .venv/.models $(call ready,-bpy-5.0)
	$(ENGINE) benchmarks/run_suite.py --profile quick

zip: $(call ready,) $(call ready,-bpy-5.0)
	.venv-bpy-5.0/bin/python tools/build_extension.py

sample: $(call ready,) $(call ready,-bpy-4.5)
	$(ENGINE) tools/build_sample.py

clean:
	rm -rf .venv .venv-* build dist .pytest_cache .ruff_cache $(OUT)

# --- environments, kept apart because bpy pins an old numpy

.venv/.ready: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q -e ".[engine,dev,smplx]"
	@touch $@

.venv/.models: .venv/.ready
	$(ENGINE) -m understudy.core.cli models pull
	@touch $@

.venv-bpy-%/.ready: pyproject.toml Makefile
	tools/system_libraries.sh
	$(PYTHON) -m venv .venv-bpy-$*
	.venv-bpy-$*/bin/python -m pip install -q $(BPY_$*) $(TEST_TOOLS)
	.venv-bpy-$*/bin/python -m pip install -q --no-deps -e .
	@touch $@

.venv-types/.ready: Makefile
	$(PYTHON) -m venv .venv-types
	.venv-types/bin/python -m pip install -q fake-bpy-module-4.5==20260730 pyright==1.1.414 numpy==2.4.6
	@touch $@

.venv-peers/.ready: Makefile
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q mediapipe==0.10.21 av==18.1.0
	@touch $@

.venv-peers-freemocap/.ready: benchmarks/peers/freemocap.txt
	$(PYTHON) -m venv .venv-peers-freemocap
	.venv-peers-freemocap/bin/python -m pip install -q --no-deps -r benchmarks/peers/freemocap.txt
	@touch $@

.venv-peers-pose2sim/.ready: Makefile
	$(PYTHON) -m venv .venv-peers-pose2sim
	.venv-peers-pose2sim/bin/python -m pip install -q pose2sim==0.10.49 sports2d==0.8.34
	@touch $@

# Make would delete these as intermediate files of the pattern rules.
.SECONDARY:
