# specs/**.tsv are checked and compiled into C++ by scripts/compile_specs.py.
