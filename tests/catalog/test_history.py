from __future__ import annotations

from datetime import timedelta

from penstock.catalog.history import HistoryEntry, add_history, list_history


def test_entries_come_back_oldest_first_by_time_and_subject(catalog, now):
    entries = [
        HistoryEntry(now + timedelta(seconds=second), "promoted", subject, "왜", {"from": 1})
        for second, subject in enumerate(["a", "b", "a"])
    ]
    for entry in entries:
        add_history(catalog, entry)
    assert list_history(catalog) == entries
    assert list_history(catalog, since=now + timedelta(seconds=1)) == entries[1:]
    assert list_history(catalog, subject="a") == [entries[0], entries[2]]
    assert list_history(catalog, limit=2) == entries[1:]


def test_entries_of_one_moment_keep_their_order(catalog, now):
    for number in range(5):
        add_history(catalog, HistoryEntry(now, "k", "s", str(number)))
    assert [entry.message for entry in list_history(catalog)] == ["0", "1", "2", "3", "4"]
