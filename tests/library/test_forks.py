"""Attack 76, fork after open: the child is told what to do, the parent notices nothing. And programs end quietly."""

import json
import signal

import pytest

FORKING = """
import json, os, sys
from ecomflow import Engine, EcomflowError

def tried(what):
    try:
        what()
    except EcomflowError as error:
        return f"{type(error).__name__}: {error}"
    return "fine"

shop, role = sys.argv[1:]
engine = Engine.open(shop, role=role).in_thread().start()
engine.emit("cart.left", {"cart": {"id": "c1"}}, id="before", subject="c1")
pid = os.fork()
if pid == 0:
    # A child that ends like a web worker does: with everything that Python cleans up at its end.
    print(json.dumps({
        "emit": tried(lambda: engine.emit("cart.left", {"cart": {"id": "c2"}})),
        "wait": tried(lambda: engine.wait("r1")),
        "close": tried(engine.close),
        "anew": tried(lambda: Engine.open(shop).in_thread().start()),
    }), flush=True)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
receipt = engine.emit("cart.left", {"cart": {"id": "c3"}}, id="after", subject="c3").decided()
print(json.dumps({"after": [str(d.outcome) for d in receipt.decisions], "socket": os.path.exists(f"{shop}/var/ecomflow.sock")}), flush=True)
engine.close()
"""

OPENED_AFTER = """
import os, sys
from ecomflow import Engine

engine = Engine.open(sys.argv[1]).in_thread()
children = []
for n in range(3):
    pid = os.fork()
    if pid == 0:
        with engine:
            engine.emit("cart.left", {"cart": {"id": str(n)}}, id=f"c{n}", subject=str(n))
            print("engine" if engine.is_engine else "client", flush=True)
            os.read(0, len("end\\n"))
        os._exit(0)
    children.append(pid)
print(sorted(os.waitpid(pid, 0)[1] for pid in children), flush=True)
"""


def quiet(*command):
    """Return the arguments of an interpreter that finds fault with everything that is left open."""
    return ("-X", "dev", "-W", "error", *command)


@pytest.mark.attack(76)
@pytest.mark.parametrize("role", ["engine", "client"])
def test_a_child_is_told_to_open_its_own_and_the_parent_notices_nothing(shop, processes, role):
    # Given a program that opened the engine before it forks, as a preloading web server does,
    if role == "client":
        processes.serve().wait_for('"ready"')
    program = processes.start(*quiet("-c", FORKING, str(shop), role))

    # When parent and child use it, Then the child is refused, whatever it tries, and neither waits for ever,
    assert program.end() == 0, program.said
    child, parent = map(json.loads, program.said["out"].splitlines())
    assert "opened before the process was forked" in child["emit"]
    assert "opened before the process was forked" in child["wait"]
    assert child["close"] == "fine"
    assert "SQLite cannot be carried across a fork" in child["anew"]

    # And the parent is as it was.
    assert parent == {"after": ["started"], "socket": True}


@pytest.mark.attack(76)
def test_what_is_opened_after_the_fork_works_in_each_process(shop, processes):
    # Given an engine that is made before the fork, and opened after it, by each child,
    program = processes.start(*quiet("-c", OPENED_AFTER, str(shop))).wait_for_lines(3)

    # Then one is the engine and the others are its clients.
    assert sorted(program.said["out"].split()) == ["client", "client", "engine"]
    for _ in range(3):
        program.say("end")
    assert program.end() == 0, program.said
    assert program.said["out"].splitlines()[-1] == "[0, 0, 0]"


# --- programs that end ---

LEFT_OPEN = """
import sys
from ecomflow import Engine
engine = Engine.open(sys.argv[1]).in_thread().start()
receipt = engine.emit("cart.left", {"cart": {"id": "c1"}}, subject="c1")
print(engine.wait(receipt.decisions[0].run_id, timeout=0.01).status)
"""
NEVER_OPENED = """
import sys
from ecomflow import Engine
Engine.open(sys.argv[1]).in_thread()
"""
INTERRUPTED = """
import sys
from ecomflow import Engine
with Engine.open(sys.argv[1]).in_thread() as engine:
    receipt = engine.emit("cart.left", {"cart": {"id": "c1"}}, subject="c1")
    try:
        sys.stdout.write("waiting\\n")
        engine.wait(receipt.decisions[0].run_id, timeout=3600)
    except KeyboardInterrupt:
        print("interrupted")
"""
ANYWHERE = """
import dis
import sys
from ecomflow import Engine
with Engine.open(sys.argv[1]).in_thread() as engine:
    run = engine.emit("cart.left", {"cart": {"id": "c1"}}, subject="c1").decisions[0].run_id

    LOOKED_AFTER = {dis.opmap[name] for name in ("CALL", "CALL_FUNCTION_EX", "JUMP_BACKWARD")}

    def interrupt(frame, event, argument):
        global left
        if frame.f_globals.get("__name__", "").partition(".")[0] not in ("ecomflow", "asyncio", "concurrent", "threading"):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            # As Python does: signals are looked for after calls and jumps back.
            left -= last.get(frame) in LOOKED_AFTER
            last[frame] = frame.f_code.co_code[frame.f_lasti]
        if left < 0:
            sys.settrace(None)
            raise KeyboardInterrupt
        return interrupt

    for count in range(2000):
        left, last = count, {}
        try:
            sys.settrace(interrupt)
            engine.ended(run, timeout=0)
        except KeyboardInterrupt:
            sys.stdout.write(".")
        else:
            break
        finally:
            sys.settrace(None)
    print(engine.run(run).status)
"""
ON_A_LOOP = """
import asyncio, sys
from ecomflow import Engine
async def main():
    async with Engine.open(sys.argv[1]) as engine, Engine.open(sys.argv[1]) as client:
        receipt = await (await client.emit("cart.left", {"cart": {"id": "c1"}}, subject="c1")).decided()
        await engine.wait(receipt.decisions[0].run_id, timeout=0.01)
        async for run in client.runs():
            break
asyncio.run(main())
"""


@pytest.mark.parametrize(("text", "number", "said"), [
    (LEFT_OPEN, None, "waiting\n"), (NEVER_OPENED, None, ""), (INTERRUPTED, signal.SIGINT, "waiting\ninterrupted\n"), (ON_A_LOOP, None, ""),
], ids=["left open", "never opened", "interrupted", "on a loop"])  # fmt: skip
def test_a_program_leaves_nothing_behind(shop, processes, text, number, said):
    # Given Python's development mode, with every warning an error, When a program ends, Then nobody complains,
    program = processes.start(*quiet("-c", text, str(shop)))
    if number is not None:
        program.wait_for_lines(1)
    assert program.end(number) == 0, program.said
    complaints = [line for line in program.said["err"].splitlines() if not line.startswith("Executing <")]
    assert (program.said["out"], complaints) == (said, [])

    # And neither socket, log nor lease is left: the next engine need not wait.
    assert not [path.name for path in (shop / "var").glob("*") if path.name.endswith(("sock", "-wal", "-shm"))]


def test_a_call_may_be_interrupted_anywhere(shop, processes):
    # Given a blocking call, When an interrupt comes at the first place where Python looks for one, the second, and so on, Then nobody complains,
    program = processes.start(*quiet("-c", ANYWHERE, str(shop)))
    assert program.end() == 0, program.said
    complaints = [line for line in program.said["err"].splitlines() if not line.startswith("Executing <")]
    assert complaints == []

    # And the engine goes on.
    interrupted, _, status = program.said["out"].rpartition(".")
    assert len(interrupted) > 10
    assert status == "waiting\n"


def test_serve_ends_quietly_when_it_is_interrupted(shop, processes):
    serve = processes.start(*quiet("-m", "ecomflow.cli", "serve", "--project", str(shop))).wait_for("Ready")
    assert serve.end(signal.SIGINT) == 130
    assert "Error" not in serve.said["err"]
    assert "Warning" not in serve.said["err"]
