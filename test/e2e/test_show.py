# SPDX-License-Identifier: BSD-3-Clause
"""A running instance answers on its control socket, whoever asks and however badly.

`nimbl show` and `nimbl stop` as people use them, and clients that lie, wait, flood and die.
"""

import array
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from nimbl_e2e import (NIMBL, NOBODY, Nimbl, as_nobody, end, folder, needs_root, nimbl, ports_of,
                       wait_for)

NULLS = "dev: true\nports: {a: net_null0, b: net_null1}\nxconnect: [[a, b]]\n"
RING = "dev: true\nports: {r: net_ring0}\nxconnect: [[r, r]]\n"
# Frames longer than the other port's MTU allows, so that all are dropped there.
DROPS = ("dev: true\nports: {a: 'net_null0,size=1514', b: {device: net_null1, mtu: 1000}}\n"
         "xconnect: [[a, b]]\n")
# More than one message of configuration.
WORDS = [f"--log-level={'x' * 1000}:{number % 8 + 1}" for number in range(64)]
LONG = f"eal: {json.dumps(WORDS)}\n" + RING
MESSAGE_MAX = 65536


@contextlib.contextmanager
def running(config=NULLS, *options, home=None):
    """An instance, and the folder of its socket."""
    with contextlib.ExitStack() as stack:
        if home is None:
            home = stack.enter_context(folder())
        yield stack.enter_context(Nimbl(config, *options, home=home)), home


def show(home, *words, **options):
    return nimbl("show", *words, home=home, **options)


def shown(home, *words):
    """What --json prints, as an object."""
    done = show(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def dial(home, name="nimbl", seconds=10):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Before it has a timeout: that would make it one that does not wait for room in the backlog.
    client.connect(f"{home}/{name}.sock")
    client.settimeout(seconds)
    return client


def receive(client):
    """A line, from as many messages as it takes."""
    line = b""
    while not line.endswith(b"\n"):
        piece = client.recv(MESSAGE_MAX)
        assert piece, f"hung up after {len(line)} bytes"
        assert len(piece) <= MESSAGE_MAX
        line += piece
    return json.loads(line)


def ask(client, call, **args):
    client.send(json.dumps({"call": call, **args}).encode())
    return receive(client)


def is_hung_up(client):
    """Whether the other side has closed; what it still said is read away."""
    try:
        while client.recv(MESSAGE_MAX):
            pass
    except ConnectionResetError:
        pass
    return True


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))


# --- what is shown ---


def test_json_is_that_of_the_state_event():
    with running() as (engine, home):
        state = engine.state()
        for words, parts in ((["ports"], {"ports"}), (["stats"], {"ports"}),
                             (["pools"], {"pools"}), (["lcores"], {"lcores"}),
                             (["drops"], {"ports", "reasons"}),
                             (["balance"], {"ports", "ledger"}),
                             ([], {"ports", "pools", "lcores", "ledger"})):
            answer = shown(home, *words)
            assert answer.pop("name") == "nimbl" and answer.pop("pid") == engine.pid
            assert set(answer) - {"schema", "time_ns"} == parts, words
            assert answer["schema"] == state["schema"] and answer["time_ns"] > state["time_ns"]
            for part in parts & set(state):
                assert [set(one) for one in answer[part]] == [set(one) for one in state[part]]
        assert set(shown(home, "balance")["ledger"]) == set(engine.stop()["ledger"])


def test_ports():
    with running("dev: true\nports:\n  a: {device: net_null0, descriptors: 256}\n"
                 "  b: {device: net_null1, mtu: 1400}\nxconnect: [[a, b]]\n") as (_, home):
        port = ports_of(shown(home, "ports"))["a"]
        assert port["device"] == "net_null0" and port["driver"] == "net_null"
        assert port["peer"] == "b" and port["state"] == "running" and port["link_up"]
        assert re.fullmatch("([0-9a-f]{2}:){5}[0-9a-f]{2}", port["mac"])
        assert port["mac"] != "00:00:00:00:00:00" and port["mtu"] == 1500
        assert ports_of(shown(home, "ports"))["b"]["mtu"] == 1400
        assert len(port["rx_lcores"]) == 1 and port["rx_descriptors"] == 256
        table = show(home, "ports").stdout.splitlines()
        assert table[0].split()[:4] == ["port", "device", "driver", "to"]
        assert [row.split()[0] for row in table[1:]] == ["a", "b"]
        assert port["mac"] in table[1] and "1 x 256" in table[1] and "1 x 512" in table[2]
        detail = show(home, "ports", "a").stdout
        assert detail.startswith("port a\n") and port["mac"] in detail
        assert "receive 0" in detail and "port b" not in detail


def test_offloads():
    with running("dev: true\nports:\n  a: {device: net_null0, offloads: [rx-checksum, tso]}\n"
                 "  b: net_null1\nxconnect: [[a, b]]\n") as (_, home):
        ports = ports_of(shown(home, "ports"))
        by = {word: one["by"] for word, one in ports["a"]["offloads"].items()}
        assert by.pop("rx-checksum") == by.pop("tso") == "software"
        assert set(by.values()) == {"off"} and "vlan-strip" in by
        assert {one["by"] for one in ports["b"]["offloads"].values()} == {"off"}
        table = show(home, "ports").stdout.splitlines()
        assert table[1].endswith("  software 2") and table[2].endswith("  off")
        detail = show(home, "ports", "a").stdout
        assert re.search("^ +tso +software +no +cut large TCP segments", detail, re.M), detail
        assert re.search("^ +lro +off +no ", detail, re.M), detail


def test_stats():
    with running() as (_, home):
        def received():
            return ports_of(shown(home, "stats"))["a"]["counters"]["rx_frames"]

        first = received()
        wait_for(lambda: received() > first, 10, "frames that are counted")
        only = shown(home, "stats", "b")
        assert [port["name"] for port in only["ports"]] == ["b"]
        lines = show(home, "stats", "b").stdout.splitlines()
        counters = only["ports"][0]["counters"]
        names = {line.split("  ")[0] for line in lines[1:]}
        assert set(counters) - {"drops"} | {f"drop: {key}" for key in counters["drops"]} <= names
        assert "device: rx_missed" in names


def test_drops_have_counts_and_a_meaning():
    with running() as (_, home):
        assert show(home, "drops").stdout == "no frame was dropped\n"
    with running(DROPS) as (engine, home):
        wait_for(lambda: engine.ports()["b"]["counters"]["dropped"] > 0, 5, "frames are dropped")
        answer = shown(home, "drops")
        assert ports_of(answer)["b"]["counters"]["drops"]["tx_too_long"] > 0
        meaning = answer["reasons"]["tx_too_long"]
        assert "MTU" in meaning
        rows = show(home, "drops").stdout.splitlines()
        assert len(rows) == 2 and rows[1].split()[:2] == ["b", "tx_too_long"]
        assert rows[1].endswith(meaning)
        assert show(home, "drops", "a").stdout == "no frame was dropped\n"


def test_balance_while_frames_flow():
    with running() as (_, home):
        for _ in range(20):
            done = show(home, "balance")
            assert done.returncode == 0, done.stdout
            assert done.stdout.count("holds\n") == 3 and "BROKEN" not in done.stdout
            assert "\nledger: balanced\n" in done.stdout
        ledger = shown(home, "balance")["ledger"]
        assert ledger["in_flight"] >= 0 and ledger["lists_up"] >= 0 and ledger["lists_down"] >= 0


def test_pools_and_lcores():
    with running() as (_, home):
        pools = shown(home, "pools")["pools"]
        assert [pool["name"] for pool in pools] == ["default of a", "default of b"]
        assert "default of b" in show(home, "pools").stdout
        lcores = shown(home, "lcores")["lcores"]
        assert sum(lcore["polls"] for lcore in lcores) == 2
        assert show(home, "lcores").stdout.splitlines()[0].split()[0] == "lcore"


def test_config_runs_again():
    """What is shown is a configuration itself, and the same one."""
    text = ("name: lab\ndev: true\nburst: 16\npools: {warm: {return: reuse, data_size: 4096}}\n"
            "ports:\n  a: {device: 'net_null0,size=60', queues: 2, mtu: 1400, pool: warm}\n"
            "  b: {device: net_null1, promiscuous: false, descriptors: {receive: 64}}\n"
            "xconnect: [[a, b]]\n")
    with running(text) as (_, home):
        first = show(home, "config").stdout
        answer = shown(home, "config")
        assert answer["schema"] == "nimbl.config/1" and answer["file"] == "<stdin>"
        assert answer["config"]["ports"]["a"]["mtu"] == 1400 and "lists" in answer["plan"]
    with running(first) as (_, home):
        assert shown(home, "config", "--name", "lab")["config"] == answer["config"]


def test_everything_is_what_sigusr1_prints():
    with running() as (_, home):
        text = show(home).stdout
        for head in ("port  ", "pool  ", "lcore  ", "ledger: received "):
            assert re.search(f"^{head}", text, re.M), text
        assert text.endswith("ledger: balanced\n")


def test_watch_tells_rates():
    with running() as (_, home):
        with subprocess.Popen([NIMBL, "show", "stats", "--watch", "1"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "RUNTIME_DIRECTORY": home}) as watch:
            try:
                lines = [watch.stdout.readline() for _ in range(6)]
            finally:
                end(watch)
        assert "in L2" not in lines[0] and lines[3] == "\n" and "in L2" in lines[4]
        assert re.search(r"[1-9][\d.]* [kM]pps .*bit/s", lines[5]), lines[5]


def test_watch_ends_with_the_instance():
    with running() as (engine, home):
        with subprocess.Popen([NIMBL, "show", "pools", "--json", "--watch", "1"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "RUNTIME_DIRECTORY": home}) as watch:
            try:
                assert json.loads(watch.stdout.readline())["pools"]
                engine.stop()
                assert watch.wait(5) == 3
                assert watch.stderr.read().startswith("nimbl: instance 'nimbl' has ended\n")
            finally:
                end(watch)


# --- which instance ---


def check_said(done, status, cause, mend, before=False):
    """The last two lines; nothing may stand before them unless told."""
    assert done.returncode == status and done.stdout == "", done.stderr
    lines = done.stderr.splitlines()
    assert before or len(lines) == 2, done.stderr
    lines = lines[-2:]
    assert lines[0] == "nimbl: " + cause and lines[1].startswith("  mend: " + mend), lines


def test_none_runs():
    with folder() as home:
        check_said(show(home, "ports"), 3, f"no instance is running in {home}",
                   "start one: nimbl run --dev CONFIG")
        check_said(nimbl("stop", "--name", "lab", home=home), 3,
                   f"no instance 'lab' is running, nor any other, in {home}", "start one: ")


def test_two_instances():
    with running(NULLS, "--name", "one") as (_, home), running(RING, "--name", "two", home=home):
        done = show(home, "ports")
        assert done.returncode == 2
        assert re.match(r"nimbl: several instances are running: (one, two|two, one)\n"
                        r"  mend: say which: --name (one|two)\n$", done.stderr), done.stderr
        assert set(ports_of(shown(home, "ports", "--name", "one"))) == {"a", "b"}
        assert set(ports_of(shown(home, "ports", "--name", "two"))) == {"r"}
        check_said(show(home, "ports", "--name", "tow"), 3, "no instance 'tow' is running",
                   "did you mean --name two? running: ")
        assert nimbl("stop", "--name", "one", home=home).returncode == 0
        wait_for(lambda: not os.path.exists(f"{home}/one.sock"), 5, "its socket is gone")
        assert set(ports_of(shown(home, "ports"))) == {"r"}


def test_two_without_a_name():
    """The second gets a name of its own, and says it."""
    with running() as (one, home), running(RING, home=home) as (two, _):
        assert one.of("started")[0]["name"] == "nimbl"
        assert two.of("started")[0]["name"] == f"nimbl-{two.pid}"
        assert shown(home, "ports", "--name", f"nimbl-{two.pid}")["pid"] == two.pid
        assert shown(home, "ports", "--name", "nimbl")["pid"] == one.pid


def test_killed_and_started_again():
    with running() as (first, home):
        first.kill(signal.SIGKILL)
        first.process.wait(5)
        assert os.path.exists(f"{home}/nimbl.sock")
        check_said(show(home, "ports"), 3, f"no instance is running in {home}", "start one: ")
        with running(RING, home=home) as (second, _):
            assert shown(home, "ports")["pid"] == second.pid
            second.stop()
        assert not os.path.exists(f"{home}/nimbl.sock")


def test_stopped_leaves_no_socket():
    for number in (signal.SIGTERM, signal.SIGINT):
        with running() as (engine, home):
            assert os.path.exists(f"{home}/nimbl.sock")
            engine.stop(number)
            assert [name for _, _, names in os.walk(home) for name in names] == []


def test_stop():
    with running() as (engine, home):
        begin = time.monotonic()
        done = nimbl("stop", home=home)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        engine.finish()
        assert time.monotonic() - begin < 1
        assert "asked to stop on the control socket" in engine.said()


@pytest.mark.parametrize("words, cause", [
    (["port"], "there is no topic 'port'. Did you mean 'ports'?"),
    (["zzz"], "there is no topic 'zzz'"),
    (["pools", "a"], "'a' is one argument too many"),
    (["ports", "a", "b"], "'b' is one argument too many"),
    (["--watch", "0"], "--watch '0' is not allowed: a whole number of 1 to 86400"),
    (["--name", "a/b"], "--name 'a/b' is not allowed: 1 to 32 of A-Z a-z 0-9 . _ -"),
    (["--nmae", "a"], "unknown option '--nmae'. Did you mean '--name'?"),
])
def test_wrong_words(words, cause):
    check_said(nimbl("show", *words), 2, cause, "nimbl show --help shows what is possible")


def test_wrong_port():
    with running() as (_, home):
        check_said(show(home, "ports", "c"), 2, "there is no port 'c'",
                   "'nimbl show ports' lists them")


def test_hung_instance():
    with running() as (engine, home):
        engine.kill(signal.SIGSTOP)
        check_said(show(home, "ports"), 3, "instance 'nimbl' does not answer", "it may hang")
        engine.kill(signal.SIGCONT)
        engine.stop()


def test_socket_that_cannot_be_made():
    """Said before frames flow, and nothing is left."""
    with folder() as home:
        os.mkdir(f"{home}/nimbl.sock")
        check_said(nimbl("run", "--name", "nimbl", "-", text=RING, home=home), 3,
                   f"control socket {home}/nimbl.sock: Address already in use",
                   "name another directory: RUNTIME_DIRECTORY=", before=True)
        assert [name for _, _, names in os.walk(home) for name in names] == []


# --- what an instance of another kind answers ---


@contextlib.contextmanager
def answering(*messages, hang_up=True):
    """The folder of an instance that answers every request with these messages."""
    def serve():
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                held.append(client)
                if client.recv(MESSAGE_MAX):
                    for message in messages:
                        client.send(message)
                if hang_up:
                    client.close()

    held = []
    with folder() as home, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{home}/fake.sock")
        listener.listen()
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield home
        listener.shutdown(socket.SHUT_RDWR)
        server.join(5)


BROKEN = {"ok": {"schema": "nimbl.state/1", "ports": [],
                 "ledger": {"received": 1, "sent": 2, "in_flight": -1, "balanced": False,
                            "why": "-1 frames are unaccounted for"}}}


def test_broken_balance_is_status_1():
    with answering(json.dumps(BROKEN).encode() + b"\n") as home:
        done = show(home, "balance")
        assert done.returncode == 1 and done.stderr == ""
        assert re.search(r"^frames: .* -1  BROKEN$", done.stdout, re.M), done.stdout
        assert "ledger: NOT BALANCED: -1 frames are unaccounted for\n" in done.stdout
        done = show(home, "balance", "--json")
        assert done.returncode == 1 and json.loads(done.stdout) == BROKEN["ok"]
        assert show(home, "ports").returncode == 0


def test_answer_of_single_bytes():
    line = json.dumps(BROKEN).encode()[:100] + b"\n"
    with answering(*[bytes([byte]) for byte in line]) as home:
        assert show(home, "pools").stderr.startswith(
            "nimbl: instance 'fake' answers what is not understood\n")


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{}\n", b"hello\n", b'{"ok": 1}\n',
                                  b'{"ok": {}\n', b'{"error": "no"}\n', b"\xff\xfe\n"])
def test_answer_that_is_none(line):
    with answering(line) as home:
        check_said(show(home, "ports"), 3, "instance 'fake' answers what is not understood",
                   "use the nimbl that it was started with")


def test_answer_without_anything_in_it():
    with answering(b'{"ok": {"ports": [7, {}], "plan": 3}}\n') as home:
        for words in ([], ["ports"], ["stats"], ["pools"], ["drops"], ["lcores"], ["config"],
                      ["ports", "a"], ["stats", "a"]):
            done = show(home, *words)
            assert done.returncode in (0, 3), (words, done.stderr)


@pytest.mark.parametrize("messages", [[], [b'{"ok": {']])
def test_answer_that_breaks_off(messages):
    with answering(*messages) as home:
        check_said(show(home, "ports"), 3, "instance 'fake' has ended", "start it again")


def test_answer_without_end():
    with answering(*[b"x" * 1000] * 200, hang_up=False) as home:
        done = show(home, "ports")
        assert done.returncode == 3 and done.stderr.startswith("nimbl: instance 'fake'")


# --- who asks ---


def test_socket_is_private():
    with running() as (_, home):
        assert os.stat(f"{home}/nimbl.sock").st_mode & 0o7777 == 0o660


@needs_root
def test_other_users_only_look():
    with running() as (engine, home):
        os.chmod(f"{home}/nimbl.sock", 0o666)
        asked = subprocess.run(as_nobody([NIMBL, "show", "ports", "--json"]), text=True,
                               capture_output=True, timeout=20,
                               env={**os.environ, "RUNTIME_DIRECTORY": home}, check=True)
        assert json.loads(asked.stdout)["pid"] == engine.pid
        told = subprocess.run(as_nobody([NIMBL, "stop"]), text=True, capture_output=True,
                              timeout=20, env={**os.environ, "RUNTIME_DIRECTORY": home},
                              check=False)
        assert told.returncode == 3
        assert told.stderr == ("nimbl: call 'stop' changes things, and you may only look\n"
                               "  mend: ask as root or as the user that runs the instance\n")
        assert shown(home, "ports")["pid"] == engine.pid


@needs_root
def test_other_users_without_rights():
    with running() as (_, home):
        done = subprocess.run(as_nobody([NIMBL, "show", "ports"]), text=True,
                              capture_output=True, timeout=20, check=False,
                              env={**os.environ, "RUNTIME_DIRECTORY": home})
        check_said(done, 3, f"instance 'nimbl' in {home} is not yours to ask",
                   "ask as root or as its user")


@needs_root
def test_root_and_the_own_user_may_write():
    with folder() as home:
        os.chown(home, NOBODY, NOBODY)
        for client in (lambda words: words, as_nobody):
            command = as_nobody([NIMBL, "run", "-"])
            with subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env={**os.environ, "RUNTIME_DIRECTORY": home}) as process:
                try:
                    process.stdin.write(RING)
                    process.stdin.close()
                    wait_for(lambda: os.path.exists(f"{home}/nimbl.sock"), 5, "it listens")
                    subprocess.run(client([NIMBL, "stop"]), check=True, timeout=20,
                                   env={**os.environ, "RUNTIME_DIRECTORY": home})
                    assert process.wait(5) == 0
                finally:
                    end(process)


@needs_root
def test_other_users_cannot_lock_us_out():
    """Nine connections of a stranger: one is refused, and there is room for us."""
    hold = ("import socket, sys, time\n"
            "held = []\n"
            "for _ in range(9):\n"
            "    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            "    client.connect(sys.argv[1])\n"
            "    held.append(client)\n"
            "print(held[-1].recv(65536).decode(), flush=True)\n"
            "time.sleep(3)\n")
    with running() as (_, home):
        os.chmod(f"{home}/nimbl.sock", 0o666)
        with subprocess.Popen(as_nobody(["/usr/bin/python3", "-c", hold, f"{home}/nimbl.sock"]),
                              stdout=subprocess.PIPE, text=True) as stranger:
            try:
                refused = json.loads(stranger.stdout.readline())
                assert refused["error"]["cause"] == "too many clients"
                with dial(home) as client:
                    assert "ok" in ask(client, "show-ports")
            finally:
                end(stranger)


# --- how badly ---


def test_many_calls_on_a_connection():
    with running() as (_, home), dial(home) as client:
        calls = {call["name"]: call for call in ask(client, "help")["ok"]["calls"]}
        assert calls["stop"]["needs_write"] and not calls["show-ports"]["needs_write"]
        for _ in range(100):
            assert len(ask(client, "show-ports", port="a")["ok"]["ports"]) == 1
            assert ask(client, "nosuch")["error"]["code"] > 0


def test_answer_in_pieces():
    """A configuration may be longer than a message."""
    with running(LONG) as (_, home):
        with dial(home) as client:
            client.send(b'{"call": "show-config"}')
            assert len(client.recv(MESSAGE_MAX)) == MESSAGE_MAX
        assert shown(home, "config")["config"]["eal"] == WORDS


HOSTILE = {
    "text": b"hello",
    "nothing but brackets": b"[" * MESSAGE_MAX,
    "bytes": bytes(range(256)),
    "number": b"7",
    "call of another type": b'{"call": {"call": "stop"}}',
    "unknown call": b'{"call": "rm -rf"}',
    "argument of another type": b'{"call": "show-ports", "port": 1}',
    "surplus argument": b'{"call": "show-ports", "x": 1}',
    "two requests": b'{"call": "help"}{"call": "help"}',
    "longest word": b'{"call": "' + b"x" * (MESSAGE_MAX - 12) + b'"}',
    "one byte too long": b'{"call": "help", "x": "' + b"x" * (MESSAGE_MAX - 24) + b'"}',
    "much too long": b"x" * 150000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_request(case):
    """One error, and the connection goes on."""
    with running() as (engine, home), dial(home) as client:
        client.send(HOSTILE[case])
        error = receive(client)["error"]
        assert error["cause"] and error["mend"] and error["code"] > 0
        assert ("at most 65536 bytes" in error["cause"]) == (len(HOSTILE[case]) > MESSAGE_MAX)
        assert "ok" in ask(client, "show-ports")
        engine.stop()


def test_descriptors_that_are_sent_are_not_taken():
    with running() as (engine, home):
        before = descriptors(engine.pid)
        with dial(home) as client:
            sent = array.array("i", [0, 1, 2] * 20)
            client.sendmsg([b'{"call": "help"}'],
                           [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
            assert is_hung_up(client)
        wait_for(lambda: descriptors(engine.pid) == before, 5, "no descriptor is left")


def test_two_hundred_connections():
    """64 are let in, the others told why not; all are gone in the end, as are their descriptors."""
    with running() as (engine, home):
        before = descriptors(engine.pid)
        clients = [dial(home) for _ in range(200)]
        refused = 0
        for client in clients:
            client.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                refused += b"too many clients" in client.recv(MESSAGE_MAX)
        assert refused == 200 - 64
        assert descriptors(engine.pid) <= before + 64
        full = show(home, "ports")
        assert full.returncode == 3 and "too many clients" in full.stderr
        for client in clients:
            client.close()
        wait_for(lambda: descriptors(engine.pid) == before, 5, "no descriptor is left")
        assert shown(home, "ports")["pid"] == engine.pid
        engine.stop()
        assert engine.took < 1


def test_silent_client_is_hung_up_on():
    with running() as (_, home), dial(home) as client:
        begin = time.monotonic()
        assert is_hung_up(client)
        assert 4 < time.monotonic() - begin < 8


def test_client_that_does_not_read():
    """It holds one answer of a thousand, nobody waits for it, and it is hung up on."""
    with running(LONG) as (engine, home):
        before, memory = descriptors(engine.pid), resident_kib(engine.pid)
        slow = [dial(home) for _ in range(8)]
        for client in slow:
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(10000):
                    client.send(b'{"call": "show-config"}')
        for _ in range(10):
            begin = time.monotonic()
            assert shown(home, "ports")["pid"] == engine.pid
            assert time.monotonic() - begin < 1
        assert resident_kib(engine.pid) < memory + 16 * 1024
        wait_for(lambda: descriptors(engine.pid) == before, 10, "all are hung up on")
        for client in slow:
            client.close()
        engine.stop()
        assert engine.took < 1


def test_client_that_dies():
    """Between its request and the answer, five hundred times."""
    with running() as (engine, home):
        before = descriptors(engine.pid)
        for _ in range(500):
            with dial(home) as client:
                client.send(b'{"call": "show"}')
        wait_for(lambda: descriptors(engine.pid) == before, 5, "no descriptor is left")
        assert "ok" in ask(dial(home), "show-ports")
        engine.stop()


def test_stop_under_a_flood_of_questions():
    """The end does not wait for clients, and frames do not either."""
    with running() as (engine, home):
        clients = [dial(home) for _ in range(16)]
        for client in clients:
            client.setblocking(False)
        for _ in range(50):
            for client in clients:
                with contextlib.suppress(BlockingIOError):
                    client.send(b'{"call": "show"}')
        engine.stop()
        assert engine.took < 1
        for client in clients:
            client.close()


def test_no_descriptors_left():
    """Where none can be opened the loop does not spin, and goes on when there are some again."""
    with running() as (engine, home):
        limit = descriptors(engine.pid) + 4
        subprocess.run(["prlimit", f"--pid={engine.pid}", f"--nofile={limit}:{limit}"], check=True)
        clients = [dial(home) for _ in range(10)]
        time.sleep(1)
        assert engine.said().count("Too many open files") in (1, 2)
        for client in clients:
            client.close()
        wait_for(lambda: show(home, "ports").returncode == 0, 8, "it answers again")
        engine.stop()
