#!/bin/sh
# Installs onnxruntime-node into FOLDER, where package.json lies; 77 where that cannot be.
# The package ships its CPU library; its install script would only fetch GPU ones.
set -eu
cd "$1"
if [ -e node_modules/onnxruntime-node/package.json ]; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "onnxruntime oracle unavailable: npm is not installed"
  exit 77
fi
if ! npm install --ignore-scripts --no-audit --no-fund --no-package-lock --fetch-retries 1; then
  rm -rf node_modules
  echo "onnxruntime oracle unavailable: the package registry does not answer"
  exit 77
fi
