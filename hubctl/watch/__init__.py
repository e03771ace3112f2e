"""Watchers: each looks at one outside thing and puts what it saw on the hub's queue. None of them decides anything."""
