"""MCP servers on stdio: one counts words, and touches the file that is its argument once it was listed; one asks a person."""

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

CHOOSING = """\
import json, sys
from pathlib import Path

def send(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

TOOL = {"name": "choose", "description": "Asks the person.", "inputSchema": {"type": "object"}}
for line in sys.stdin:
    call = json.loads(line)
    method, number = call.get("method"), call.get("id")
    if method == "initialize":
        info = {"name": "chooser", "version": "1"}
        version = call["params"]["protocolVersion"]
        send(id=number, result={"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info})
    elif method == "tools/list":
        send(id=number, result={"tools": [TOOL]})
        Path(sys.argv[1]).touch()
    elif method == "tools/call":
        asked = number
        send(id="e", method="elicitation/create", params=call["params"]["arguments"])
    elif method is None and number == "e":
        said = json.dumps(call.get("result", call.get("error")), sort_keys=True)
        send(id=asked, result={"content": [{"type": "text", "text": said}]})
    elif number is not None:
        send(id=number, error={"code": -32601, "message": "no such method"})
"""
"""Its tool asks with its own arguments (`message`, `requestedSchema`), and tells what came back."""
