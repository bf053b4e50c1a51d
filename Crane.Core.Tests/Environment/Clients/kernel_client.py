"""Drives an installed kernel with jupyter_client, step by step; prints what came of each step as one JSON object."""
import json
import os
import signal
import sys
import time
from queue import Empty

from jupyter_client.manager import start_new_kernel

KERNEL, TIMEOUT = ".net-csharp", 240


def run(client, code, answer=None):
    """Executes a cell; gives its reply and what it showed."""
    shown = []
    reply = client.execute_interactive(code, timeout=TIMEOUT, output_hook=shown.append, allow_stdin=answer is not None,
                                       stdin_hook=(lambda _: client.input(answer)) if answer is not None else None)
    return reply["content"], shown


def text(shown):
    return "".join(m["content"]["text"] for m in shown if m["msg_type"] == "stream")


def result(shown):
    return [m["content"]["data"]["text/plain"] for m in shown if m["msg_type"] == "execute_result"]


def many(client, count):
    """Sends cells without waiting in between; the order of replies and results is the order of the cells."""
    ids = [client.execute(f"{i} * 2") for i in range(count)]
    replies = [client.get_shell_msg(timeout=TIMEOUT) for _ in ids]
    results = []
    while len(results) < count:
        message = client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "execute_result":
            results.append(int(message["content"]["data"]["text/plain"]))
    return {"ordered": [r["parent_header"]["msg_id"] for r in replies] == ids, "ok": all(r["content"]["status"] == "ok" for r in replies),
            "results": results == [2 * i for i in range(count)]}


def wait_for(client, kind):
    while True:
        message = client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == kind:
            return message


def interrupt(manager, client):
    client.execute("var turns = 0L;\nConsole.WriteLine(\"running\");\nwhile (true) turns++;")
    wait_for(client, "stream")
    started = time.monotonic()
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=TIMEOUT)["content"]
    seconds = time.monotonic() - started
    return {"status": reply["status"], "message": reply.get("evalue"), "seconds": seconds, "kept": result(run(client, "turns > 0")[1])}


def died(manager, client, code):
    """What a client notices of a cell that ends the kernel: the process is gone, and so is the heartbeat."""
    client.execute(code)
    shown = []
    for _ in range(1200):
        if not manager.is_alive():
            break
        time.sleep(0.1)
    try:
        while True:
            shown.append(client.get_iopub_msg(timeout=2))
    except Empty:
        pass
    time.sleep(3)
    return {"process": manager.is_alive(), "heartbeat": client.hb_channel.is_beating(), "text": text(shown)}


def restarted(manager, client):
    manager.restart_kernel(now=False)
    client.wait_for_ready(timeout=TIMEOUT)
    reply, shown = run(client, "1 + 1")
    return {"result": result(shown), "count": reply["execution_count"]}


def main():
    out = {}
    began = time.monotonic()
    manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=TIMEOUT)
    try:
        reply, shown = run(client, "var x = 20;\nConsole.Write(\"out\");\nConsole.Error.Write(\"err\");\nx * 2 + 2")
        out["execute"] = {"status": reply["status"], "text": text(shown), "result": result(shown), "seconds": time.monotonic() - began}
        out["many"] = many(client, 200)
        out["interrupt"] = interrupt(manager, client)
        reply, shown = run(client, "var zero = 0;\nvar y = 1 / zero;")
        out["error"] = {"name": reply["ename"], "trace": "\n".join(reply["traceback"])}
        out["input"] = result(run(client, "\"Hello, \" + Console.ReadLine()", answer="Ada")[1])
        out["complete"] = client.complete("Console.Wri", 11, reply=True, timeout=TIMEOUT)["content"]["matches"]
        out["inspect"] = client.inspect("Math.Max(1, 2)", 6, reply=True, timeout=TIMEOUT)["content"]["data"].get("text/plain", "")
        client.is_complete("if (true) {")
        out["is_complete"] = client.get_shell_msg(timeout=TIMEOUT)["content"]["status"]
        out["history"] = client.history(hist_access_type="tail", n=1, reply=True, timeout=TIMEOUT)["content"]["history"][0][2]
        _, shown = run(client, "var line = new string('x', (1 << 20) - 1);\nfor (var i = 0; i < 60; i++) Console.WriteLine(line);\n\"after\"")
        flood = text(shown)
        out["large"] = {"length": len(flood), "end": flood[-80:], "alive": result(run(client, "x")[1])}
        manager.restart_kernel(now=False)
        client.wait_for_ready(timeout=TIMEOUT)
        reply, _ = run(client, "x")
        out["restart"] = {"status": reply["status"], "message": reply.get("evalue"), "count": reply["execution_count"]}
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        out["kill"] = {"alive": died(manager, client, "1"), "again": restarted(manager, client)}
        out["exit"] = {"alive": died(manager, client, "Console.Write(\"bye\");\nEnvironment.Exit(3);"), "again": restarted(manager, client)}
        out["crash"] = {"alive": died(manager, client, "Console.Write(\"down\");\nThread.Sleep(500);\nint Deeper(int n) => Deeper(n + 1) + 1;\nDeeper(0)"), "again": restarted(manager, client)}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        print(json.dumps(out))
        sys.stdout.flush()


main()
