#!/usr/bin/env bash
# A step for any CI: puts a head into every classifier of a folder, fails where one cannot be rewritten or its numbers
# disagree, and leaves a summary for people (stdout) and for programs (OUT/summary.json).
#
#     rewrite-models.sh MODELS OUT
set -uo pipefail

models=${1:?the folder with the models}
out=${2:?the folder to write to}
mkdir -p "$out"

npx onnx-margin batch "$models" --head arcface --margin 0.4 --provider cpu --samples 8 --json -o "$out" > "$out/summary.json"
code=$?

node -e '
  const { models = [], error } = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
  for (const { status, path, error } of models) console.log(`${status.padEnd(10)} ${path}${error ? `: ${error.message}` : ""}`);
  if (models.length === 0) console.log(error.message);
' "$out/summary.json"
exit "$code"
