#!/usr/bin/env bash
# All stages one after the other, with the minutes the published family had; a stage that was interrupted goes on where it was.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
python=${PYTHON:-python3}

"$python" "$here/train_tokenizers.py"
"$python" "$here/train_base.py" --minutes "${BASE_MINUTES:-15}"
"$python" "$here/train_llama_lora.py" --minutes-tables "${TABLES_MINUTES:-5}" --minutes "${LLAMA_MINUTES:-38}"
"$python" "$here/train_alpaca_lora.py" --minutes "${ALPACA_MINUTES:-24}" --minutes-mixed "${MIXED_MINUTES:-8.5}"
