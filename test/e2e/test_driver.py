# SPDX-License-Identifier: BSD-3-Clause
"""Drivers of shared objects: loaded by the configuration and while frames flow, and refused with a reason."""

import contextlib
import json
import os
import shutil
import struct
import time

import pytest

from nimbl_e2e import NIMBL, NOBODY, ROOT, Nimbl, folder, needs_root, needs_tool, nimbl, run

pytestmark = needs_tool("cc")

FLAGS = ["-std=gnu17", "-fshort-wchar", "-fno-strict-aliasing", "-Wno-multichar", "-fPIC",
         f"-I{ROOT}/lib/ndis"]
HEAD = "#include <ndis.h>\nDRIVER_INITIALIZE DriverEntry;\n"
ENTRY = "NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path) { %s }\n"
PORTS = "ports: {a: {device: 'net_null0,size=64'}, b: net_null1}\nxconnect: [[a, b]]\n"


def build(path, text, *flags):
    """A shared object from a text, or from a source of the tree."""
    if "\n" in text:
        source = path + ".c"
        with open(source, "w") as out:
            out.write(text)
    else:
        source = os.path.join(ROOT, text)
    run("cc", *FLAGS, "-shared", "-o", path, source, *flags)
    return path


def likes(place):
    """Drivers in the manner of Windows, as they are."""
    for name, version in (("lwf", "NDIS630"), ("vmini", "NDIS60_MINIPORT"), ("prot", "NDIS60")):
        build(f"{place}/{name}_like.so", f"test/surface/drivers/{name}_like.c", "-DDBG=1",
              f"-D{version}")


def do(place, *words, fails=False):
    done = nimbl(*words, home=place)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done


def drivers(place):
    return {entry["name"]: entry
            for entry in json.loads(do(place, "driver", "--json").stdout)["drivers"]}


@contextlib.contextmanager
def running(place, config):
    with open(f"{place}/c.yaml", "w") as out:
        out.write("dev: true\n" + config)
    with Nimbl(f"dev: true\n{config}", home=place) as engine:
        yield engine


def refused(place, config):
    """What --check says of a configuration that it refuses."""
    with open(f"{place}/c.yaml", "w") as out:
        out.write(config + PORTS)
    done = nimbl("run", "--check", f"{place}/c.yaml", home=place)
    assert done.returncode in (2, 3), done.stdout + done.stderr
    return done.stderr


def test_drivers_in_the_manner_of_windows_run_from_files():
    with folder() as place:
        likes(place)
        config = (f"drivers: [{place}/lwf_like.so, {place}/vmini_like.so,\n"
                  f"          {{file: {place}/prot_like.so, name: prot}}]\n"
                  "ports:\n  a: {device: 'net_null0,size=64', filters: [lwf_like,\n"
                  "      {LwfLike: {name: by-its-service, Verbose: 1}}]}\n  b: net_null1\n"
                  "xconnect: [[a, b]]\n")
        with running(place, config) as engine:
            found = drivers(place)
            assert found["lwf_like"]["kinds"] == ["filter"] and found["lwf_like"]["uses"] == 2
            assert found["vmini_like"]["kinds"] == ["miniport"]
            assert found["prot"]["kinds"] == ["protocol"]
            assert found["prot"]["file"] == f"{place}/prot_like.so"
            assert found["count"]["file"] is None
            time.sleep(0.3)
            report = engine.stop()
            assert "LwfLike: attached as filter by-its-service on a" in engine.said()
        assert report["ledger"]["received"] > 0 and report["ledger"]["dropped"] == 0


def test_they_stand_on_each_other_in_one_stack():
    with folder() as place:
        likes(place)
        end = "{miniport: vmini_like, protocol: ProtLike, filters: [lwf_like, count]}"
        config = (f"drivers: [{place}/lwf_like.so, {place}/vmini_like.so, {place}/prot_like.so]\n"
                  f"ports: {{left: {end}, right: {end}}}\n")
        with running(place, config) as engine:
            uses = {name: entry["uses"] for name, entry in drivers(place).items()}
            assert uses["vmini_like"] == uses["prot_like"] == uses["lwf_like"] == 2
            for _ in range(5):
                do(place, "filter", "remove", "left", "lwf_like")
                do(place, "filter", "insert", "left", "lwf_like", "--at", "0")
            busy = do(place, "driver", "unload", "vmini_like", fails=True)
            assert "is in use: ports of miniport vmini_like, and others" in busy.stderr
            engine.stop()


def test_paths_begin_where_the_configuration_lies():
    with folder() as place, folder() as drivers_place:
        os.mkdir(f"{place}/sub")
        build(f"{place}/sub/one.so", "test/surface/drivers/lwf_like.c")
        shutil.copy(f"{place}/sub/one.so", f"{drivers_place}/other.so")
        with open(f"{place}/c.yaml", "w") as out:
            out.write(f"drivers: [./sub/one.so, other.so]\n{PORTS}")
        environment = {**os.environ, "RUNTIME_DIRECTORY": place, "NIMBL_DRIVERS": drivers_place}
        done = run(NIMBL, "run", "--check", f"{place}/c.yaml", cwd="/", env=environment)
        assert "ok: 2 ports" in done.stdout
        shutil.move(f"{place}/sub/one.so", f"{place}/one.so")
        assert "did you mean './one.so', beside the configuration?" in refused(
            place, "drivers: [one.so]\n")
        said = refused(place, "drivers: [./none.so]\n")
        assert "c.yaml:1:11: there is no driver" in said and "No such file" in said


def test_load_and_unload_while_frames_flow():
    with folder() as place:
        build(f"{place}/lwf_like.so", "test/surface/drivers/lwf_like.c")
        with running(place, PORTS) as engine:
            do(place, "driver", "load", f"{place}/lwf_like.so")
            again = do(place, "driver", "load", f"{place}/lwf_like.so", fails=True)
            assert "there is a driver 'lwf_like' already" in again.stderr
            for _ in range(20):
                do(place, "filter", "insert", "b", "lwf_like")
                busy = do(place, "driver", "unload", "lwf_like", fails=True)
                assert "is in use: filter lwf_like on b" in busy.stderr
                do(place, "filter", "remove", "b", "lwf_like")
                do(place, "driver", "unload", "lwf_like")
                assert "lwf_like" not in drivers(place)
                with open(f"/proc/{engine.pid}/maps") as maps:
                    assert "lwf_like" not in maps.read()
                do(place, "driver", "load", f"{place}/lwf_like.so")
            # A file instead of a name is loaded first, unless it is loaded.
            do(place, "driver", "unload", "lwf_like")
            do(place, "filter", "insert", "a", f"{place}/lwf_like.so")
            do(place, "filter", "insert", "b", f"{place}/lwf_like.so")
            assert drivers(place)["lwf_like"]["uses"] == 2
            report = engine.stop()
        assert report["ledger"]["received"] > 0 and report["ledger"]["dropped"] == 0


def test_what_is_linked_in_or_unknown_is_not_unloaded():
    with folder() as place, running(place, PORTS) as engine:
        assert "driver 'count' is linked in" in do(place, "driver", "unload", "count", fails=True).stderr
        assert "did you mean 'count'?" in do(place, "driver", "unload", "cuont", fails=True).stderr
        assert "did you mean 'load'?" in do(place, "driver", "laod", "x", fails=True).stderr
        engine.stop()


def note_at(path):
    with open(path, "rb") as source:
        return source.read().index(b"nimbl\0\0\0") + 8


def patch(path, at, text):
    with open(path, "r+b") as out:
        out.seek(at)
        out.write(text)


def entry(body):
    return HEAD + ENTRY % body


def test_files_that_hold_no_driver_are_refused_and_say_why():
    with folder() as place:
        path = f"{place}/x.so"

        def said():
            text = refused(place, "drivers:\n  - ./x.so\n")
            assert "c.yaml:2:5: " in text and "mend: " in text, text
            return text

        with open(path, "w") as out:
            out.write("no ELF\n")
        assert "is no shared object" in said()
        build(path, entry("return 0;"), "-c")
        assert "is an object or a program, not a shared object" in said()
        build(path, entry("return 0;"))
        patch(path, 18, struct.pack("<H", 183))
        assert "another kind of machine (ELF machine 183)" in said()
        build(path, "#include <ndis.h>\nint other(void); int other(void) { return 0; }\n")
        assert "has no DriverEntry" in said()
        build(path, entry("return 0;"), "-fvisibility=hidden")
        assert "has no DriverEntry" in said()
        build(path, "int DriverEntry(void *a, void *b);\n"
                    "int DriverEntry(void *a, void *b) { return 0; }\n")
        assert "was not compiled with nimbl's <ndis.h>" in said()
        build(path, entry("return 0;"))
        patch(path, note_at(path), struct.pack("<II", 999, 8))
        assert "headers of another nimbl: ABI 999, NET_BUFFER_LIST of 8 bytes" in said()
        build(path, "void NdisOfTomorrow(void); void KeOfTomorrow(void);\n"
              + entry("NdisOfTomorrow(); KeOfTomorrow(); return 0;"))
        text = said()
        assert "needs what is not there" in text and "<ndis.h>" in text
        assert "NdisOfTomorrow" in text and "KeOfTomorrow" in text
        with open(path, "rb") as source:
            whole = source.read()
        for length in (1, 63, 64, 700, len(whole) // 2, len(whole) - 1):
            with open(path, "wb") as out:
                out.write(whole[:length])
            said()
        os.unlink(path)
        os.mkdir(path)
        assert "is no plain file" in said()


def test_a_driver_that_brings_a_second_nimbl_is_refused():
    with folder() as place:
        run("cc", "-shared", "-o", f"{place}/libnimbl.so.0", "-Wl,-soname,libnimbl.so.0", "-xc",
            "/dev/null")
        build(f"{place}/x.so", entry("return 0;"), "-Wl,--no-as-needed", f"{place}/libnimbl.so.0")
        said = refused(place, "drivers: [./x.so]\n")
        assert "brings a second nimbl" in said and "without -lnimbl" in said


@needs_root
def test_files_that_others_may_write_are_refused():
    with folder() as place:
        path = build(f"{place}/x.so", entry("return 0;"))
        os.chmod(path, 0o777)
        assert "may be written by others (mode 0777)" in refused(place, "drivers: [./x.so]\n")
        os.chmod(path, 0o755)
        os.chown(path, NOBODY, NOBODY)
        assert f"belongs to user {NOBODY}" in refused(place, "drivers: [./x.so]\n")
        os.chown(path, 0, 0)
        os.chmod(place, 0o777)
        assert "folder" in refused(place, "drivers: [./x.so]\n")
        os.chmod(place, 0o755)


@pytest.mark.parametrize("body, cause, mend", [
    ("return NDIS_STATUS_RESOURCES;", "returned NDIS_STATUS_RESOURCES (0xc000009a)", ""),
    ("return NDIS_STATUS_BAD_VERSION;", "returned NDIS_STATUS_BAD_VERSION", "-DNDIS630"),
    ("return (NTSTATUS)0xE0001234;", "returned status 0xe0001234", ""),
])
def test_an_entry_that_fails_is_told_with_its_status(body, cause, mend):
    with folder() as place:
        build(f"{place}/x.so", entry(body))
        with open(f"{place}/c.yaml", "w") as out:
            out.write(f"dev: true\ndrivers: [./x.so]\n{PORTS}")
        done = nimbl("run", "--duration", "1", f"{place}/c.yaml", home=place)
        assert done.returncode == 3, done.stderr
        assert f"c.yaml:2:11: driver 'x' does not load: DriverEntry {cause}" in done.stderr
        assert mend in done.stderr
        with running(place, PORTS) as engine:
            failed = do(place, "driver", "load", f"{place}/x.so", fails=True)
            assert cause in failed.stderr
            assert "x" not in drivers(place)
            engine.stop()


LEAVES_A_TIMER = HEAD + """
static KTIMER timer;
static KDPC dpc;
static VOID tick(KDPC *d, PVOID c, PVOID a, PVOID b) {}
static VOID unload(DRIVER_OBJECT *d) {}
""" + ENTRY % """LARGE_INTEGER due;
    due.QuadPart = -1000;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, tick, NULL);
    KeSetTimerEx(&timer, due, 1, &dpc);
    Driver->DriverUnload = unload;
    return 0;"""


def test_code_that_a_timer_may_still_call_stays():
    with folder() as place:
        build(f"{place}/x.so", LEAVES_A_TIMER)
        with running(place, PORTS) as engine:
            do(place, "driver", "load", f"{place}/x.so")
            do(place, "driver", "unload", "x")
            time.sleep(0.2)
            engine.stop()
            assert "driver 'x' leaves a timer that is set behind" in engine.said()


def test_a_driver_without_unload_stays():
    with folder() as place:
        build(f"{place}/x.so", entry("return 0;"))
        with running(place, PORTS) as engine:
            do(place, "driver", "load", f"{place}/x.so", "--as", "other")
            assert "has no DriverUnload" in do(place, "driver", "unload", "other", fails=True).stderr
            engine.stop()


READS_A_PARAMETER = HEAD + """
static NDIS_HANDLE Handle;
static FILTER_ATTACH Attach;
static FILTER_DETACH Detach;
static FILTER_RESTART Restart;
static FILTER_PAUSE Pause;
static FILTER_SET_OPTIONS Options;
static NDIS_STATUS Attach(NDIS_HANDLE f, NDIS_HANDLE c, PNDIS_FILTER_ATTACH_PARAMETERS p)
{ return NDIS_STATUS_FAILURE; }
static VOID Detach(NDIS_HANDLE c) {}
static NDIS_STATUS Restart(NDIS_HANDLE c, PNDIS_FILTER_RESTART_PARAMETERS p) { return 0; }
static NDIS_STATUS Pause(NDIS_HANDLE c, PNDIS_FILTER_PAUSE_PARAMETERS p) { return 0; }
static NDIS_STATUS Options(NDIS_HANDLE driver, NDIS_HANDLE context)
{
    NDIS_STRING word = NDIS_STRING_CONST("level");
    NDIS_CONFIGURATION_PARAMETER *value;
    NDIS_CONFIGURATION_OBJECT object = {{NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT,
        NDIS_CONFIGURATION_OBJECT_REVISION_1, sizeof(object)}, driver};
    NDIS_HANDLE configuration;
    NDIS_STATUS status = NdisOpenConfigurationEx(&object, &configuration);

    NdisReadConfiguration(&status, &value, configuration, &word, NdisParameterInteger);
    DbgPrint("level %d\\n", status == 0 ? (int)value->ParameterData.IntegerData : -1);
    NdisCloseConfiguration(configuration);
    return 0;
}
""" + ENTRY % """NDIS_FILTER_DRIVER_CHARACTERISTICS c = {{0}};
    c.Header.Type = NDIS_OBJECT_TYPE_FILTER_DRIVER_CHARACTERISTICS;
    c.Header.Revision = NDIS_FILTER_CHARACTERISTICS_REVISION_1;
    c.Header.Size = NDIS_SIZEOF_FILTER_DRIVER_CHARACTERISTICS_REVISION_1;
    c.MajorNdisVersion = 6;
    c.SetOptionsHandler = Options;
    c.AttachHandler = Attach;
    c.DetachHandler = Detach;
    c.RestartHandler = Restart;
    c.PauseHandler = Pause;
    DbgPrint("path %wZ\\n", Path);
    return NdisFRegisterFilterDriver(Driver, NULL, &c, &Handle);"""


def test_a_driver_reads_its_parameters_with_its_own_handle():
    with folder() as place:
        build(f"{place}/x.so", READS_A_PARAMETER)
        config = f"drivers: [{{file: {place}/x.so, parameters: {{Level: 0x11}}}}]\n{PORTS}"
        with running(place, config) as engine:
            do(place, "driver", "load", f"{place}/x.so", "--as", "y", "level=5")
            engine.stop()
            said = engine.said()
        assert "level 17" in said and "level 5" in said
        assert r"path \Registry\Machine\System\CurrentControlSet\Services\x" in said
