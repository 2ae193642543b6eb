"""Python's standard library alone, as a command: python3 conformance/clients/examples/stdlib.py"""

import json
import os
import sys
import urllib.error
import urllib.request

streams = os.environ["KIT_STREAM"] == "1"
body = {
    "model": os.environ["KIT_MODEL"],
    "messages": [{"role": "user", "content": os.environ["KIT_PROMPT"]}],
    "stream": streams,
}
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions",
    json.dumps(body).encode(),
    {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "Content-Type": "application/json"},
)


def show(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def events(response):
    """The data of each event, by the standard's algorithm."""
    data = []
    for line in response.read().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line == "" and data:
            yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def streamed(response):
    finish, done, shown = None, False, False
    for data in events(response):
        if data == "[DONE]":
            done = True
            break
        chunk = json.loads(data)
        if chunk.get("error"):
            raise ValueError(chunk["error"].get("message"))
        for choice in chunk.get("choices") or []:
            text = (choice.get("delta") or {}).get("content") or ""
            finish = choice.get("finish_reason") or finish
            shown = shown or text != ""
            show(text)
    if not (finish and done and shown):
        raise ValueError("the stream ended too early")


def whole(response):
    answer = json.load(response)
    if answer.get("error"):
        raise ValueError(answer["error"].get("message"))
    show(answer["choices"][0]["message"]["content"])


try:
    with urllib.request.urlopen(request) as response:
        (streamed if streams else whole)(response)
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code}: {error.read().decode()}")
except (OSError, ValueError, LookupError) as error:
    sys.exit(f"failed: {error}")
