"""An MCP server on stdio, of one tool: it counts words, and touches the file that is its argument once it was listed."""

WORDS = """\
import json, sys
from pathlib import Path

TOOL = {"name": "count", "description": "Counts words.", "inputSchema": {"type": "object"}}
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    result = {}
    if call["method"] == "initialize":
        info = {"name": "words", "version": "1"}
        version = call["params"]["protocolVersion"]
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif call["method"] == "tools/list":
        result = {"tools": [TOOL]}
        Path(sys.argv[1]).touch()
    elif call["method"] == "tools/call":
        words = call["params"]["arguments"]["text"].split()
        result = {"content": [{"type": "text", "text": f"counted {len(words)} words"}]}
    print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}), flush=True)
"""
