"""A person at GitHub's API, as the browser would be: labels, comments, closes."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from support.waiting import PATIENCE


class Person:
    """Acts in one repository under one login. A refusal is returned, not raised: `status` holds the last one."""

    def __init__(self, url: str, login: str, repo: str) -> None:
        self.login = login
        self.status = 0
        self._repo = f"{url}/repos/{repo}"

    def open(self, title: str, body: str = "", *labels: str) -> int:
        number: int = self._ask("POST", "/issues", {"title": title, "body": body, "labels": list(labels)})[
            "number"
        ]
        return number

    def label(self, number: int, *names: str) -> None:
        self._ask("POST", f"/issues/{number}/labels", {"labels": list(names)})

    def unlabel(self, number: int, name: str) -> None:
        self._ask("DELETE", f"/issues/{number}/labels/{name}")

    def comment(self, number: int, text: str) -> int:
        made: int = self._ask("POST", f"/issues/{number}/comments", {"body": text})["id"]
        return made

    def edit_comment(self, comment: int, text: str) -> None:
        self._ask("PATCH", f"/issues/comments/{comment}", {"body": text})

    def edit(self, number: int, **words: str) -> None:
        self._ask("PATCH", f"/issues/{number}", words)

    def close(self, number: int, reason: str = "completed") -> None:
        self.edit(number, state="closed", state_reason=reason)

    def assign(self, number: int, *logins: str) -> None:
        self._ask("POST", f"/issues/{number}/assignees", {"assignees": list(logins)})

    def see(self, path: str) -> Any:
        """Any list or thing under the repository, such as `/issues/1`."""
        return self._ask("GET", path)

    def labels(self, number: int) -> list[str]:
        return sorted(label["name"] for label in self.see(f"/issues/{number}")["labels"])

    def comments(self, number: int) -> list[str]:
        return [row["body"] for row in self.see(f"/issues/{number}/comments?per_page=100")]

    def _ask(self, method: str, path: str, words: object = None) -> Any:
        data = None if words is None else json.dumps(words).encode()
        headers = {"Authorization": f"token {self.login}", "Content-Type": "application/json"}
        request = Request(self._repo + path, data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=PATIENCE) as said:
                self.status = said.status
                text = said.read()
        except HTTPError as refused:
            with refused:
                self.status = refused.code
                text = refused.read()
        return json.loads(text) if text else None
