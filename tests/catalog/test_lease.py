from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import timedelta

from penstock.catalog.database import open_catalog
from penstock.catalog.lease import acquire_lease, lease_holder, release_lease, renew_lease
from penstock.catalog.process import this_process

HOUR = timedelta(hours=1)


def test_one_owner_at_a_time(catalog, now):
    assert acquire_lease(catalog, "run", "a", now, HOUR)
    assert not acquire_lease(catalog, "run", "b", now, HOUR)
    assert acquire_lease(catalog, "run", "a", now, HOUR)
    assert acquire_lease(catalog, "other", "b", now, HOUR)
    holder = lease_holder(catalog, "run", now)
    assert (holder.owner, holder.process, holder.expires_at) == ("a", this_process(), now + HOUR)


def test_a_released_lease_is_free_and_only_its_owner_can_release_it(catalog, now):
    acquire_lease(catalog, "run", "a", now, HOUR)
    release_lease(catalog, "run", "b")
    assert not acquire_lease(catalog, "run", "b", now, HOUR)
    release_lease(catalog, "run", "a")
    assert lease_holder(catalog, "run", now) is None
    assert acquire_lease(catalog, "run", "b", now, HOUR)


def test_an_expired_lease_is_free_unless_it_was_renewed(catalog, now):
    acquire_lease(catalog, "run", "a", now, HOUR)
    assert renew_lease(catalog, "run", "a", now + HOUR / 2, HOUR)
    assert not acquire_lease(catalog, "run", "b", now + HOUR, HOUR)
    assert lease_holder(catalog, "run", now + 2 * HOUR) is None
    assert acquire_lease(catalog, "run", "b", now + 2 * HOUR, HOUR)
    assert not renew_lease(catalog, "run", "a", now + 2 * HOUR, HOUR)


def test_the_lease_of_a_killed_process_is_taken_over_at_once(catalog_url, now):
    script = f"""
    import time
    from datetime import datetime, timedelta, UTC
    from penstock.catalog.database import open_catalog
    from penstock.catalog.lease import acquire_lease
    catalog = open_catalog({catalog_url!r})
    print(acquire_lease(catalog, "run", "child", datetime.now(UTC), timedelta(days=36500)), flush=True)
    time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with (
        open_catalog(catalog_url) as catalog,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout.readline() == "True\n"
        assert not acquire_lease(catalog, "run", "parent", now, HOUR)
        assert lease_holder(catalog, "run", now).process.pid == process.pid
        process.kill()
        # Even before its parent has collected it.
        while not acquire_lease(catalog, "run", "parent", now, HOUR):
            pass
        assert lease_holder(catalog, "run", now).owner == "parent"


def test_of_many_processes_one_gets_the_lease(catalog_url, now):
    open_catalog(catalog_url).close()
    script = f"""
    import os, sys
    from datetime import datetime, timedelta, UTC
    from penstock.catalog.database import open_catalog
    from penstock.catalog.lease import acquire_lease
    catalog = open_catalog({catalog_url!r})
    print("ready", flush=True)
    sys.stdin.readline()
    print(acquire_lease(catalog, "run", str(os.getpid()), datetime.now(UTC), timedelta(days=1)), flush=True)
    sys.stdin.readline()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.stdout.readline().strip() for process in processes]
    for process in processes:
        process.communicate("end\n")
    assert sorted(answers) == ["False", "False", "False", "True"]
