"""The guest's kernel modules: the few it needs out of Debian's thousands, and two that Debian does not build.

gpio-sim makes GPIO chips whose lines are seen and driven from outside. No Debian kernel of the series
we use enables it, so it is compiled here against the headers package, together with the interrupt
simulator that it needs (a built-in option, also off, hence the patch to make a module of it).
"""

import lzma
import os
import re
import shutil
import subprocess
from pathlib import Path

import packages

# Loaded at boot, in this order, with what they depend on.
AT_BOOT = ("virtio_pci", "virtio_console", "virtio_rng", "virtio_net", "virtio_blk", "9pnet_virtio", "9p",
           "configfs", "crc32c_generic", "ext4")
# Loaded by the tests that use them.
ON_DEMAND = ("vivid", "gpio-sim", "i6300esb", "veth", "sch_netem")

_SOURCES = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")


class ModuleError(Exception):
    """A module is missing or did not compile."""


def build_gpio_sim(debs, kernel, work):
    """Compile irq_sim.ko and gpio-sim.ko in the folder work; returns the two files."""
    for role in ("headers", "common", "kbuild"):
        packages.unpack(debs[role], work)
    sources = work / "gpio-sim"
    sources.mkdir()
    packages.unpack_kernel_source(debs["source"], kernel.series, _SOURCES, sources)
    for member in _SOURCES:
        (sources / member).rename(sources / Path(member).name)
    _make_a_module_of_irq_sim(sources / "irq_sim.c")
    (sources / "Kbuild").write_text("obj-m := irq_sim.o gpio-sim.o\n")
    return _compile(_relocated_headers(work, kernel.release), sources)


def _make_a_module_of_irq_sim(source):
    """The file is written to be built in: it calls a function that modules may not use, and names no licence."""
    text = source.read_text()
    patched = text.replace("handle_simple_irq(irq_to_desc(irqnum));", "generic_handle_irq(irqnum);")
    patched = patched.replace("#include <linux/slab.h>", "#include <linux/module.h>\n#include <linux/slab.h>")
    patched += '\nMODULE_DESCRIPTION("Interrupt simulator");\nMODULE_LICENSE("GPL");\n'
    if "generic_handle_irq" not in patched or "linux/module.h" not in patched:
        raise ModuleError("kernel/irq/irq_sim.c looks different in this kernel: mend _make_a_module_of_irq_sim")
    source.write_text(patched)


def _relocated_headers(root, release):
    """The headers' folder; its Makefile names the common headers by the path they would be installed at."""
    headers = root / "usr/src" / f"linux-headers-{release}"
    makefile = headers / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{root}/usr/src/"))
    return headers


def _compile(headers, sources):
    # Without the last setting the build wants pahole, to add type information that only tracing uses.
    result = subprocess.run(["make", "-C", str(headers), f"M={sources}", "modules", "CONFIG_DEBUG_INFO_BTF_MODULES="],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise ModuleError(f"gpio-sim does not compile against {headers.name}:\n{result.stdout}")
    built = [sources / "irq_sim.ko", sources / "gpio-sim.ko"]
    subprocess.run(["strip", "--strip-debug", *map(str, built)], check=True)
    return built


def collect(tree, release, extra, work):
    """Copy the wanted modules and what they depend on, unpacked, to a new tree under the folder work.

    tree is the unpacked image package. Returns the folder that goes to /usr/lib/modules/RELEASE.
    """
    everything = _modules_folder(tree) / release
    subprocess.run(["depmod", "-b", str(tree), release], check=True)
    wanted = _modules_folder(work) / release
    for module in _closure(everything):
        target = wanted / module.removesuffix(".xz")
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy_unpacked(everything / module, target)
    (wanted / "extra").mkdir()
    for module in extra:
        shutil.copy(module, wanted / "extra")
    for listing in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(everything / listing, wanted)
    subprocess.run(["depmod", "-b", str(work), release], check=True)
    return wanted


def _modules_folder(root):
    """lib/modules, reachable as usr/lib/modules too: packages and depmod of Debian 12 use the one, of 13 the other."""
    folder, other = root / "lib/modules", root / "usr/lib/modules"
    if other.is_dir():
        folder, other = other, folder
    folder.mkdir(parents=True, exist_ok=True)
    other.parent.mkdir(parents=True, exist_ok=True)
    other.symlink_to(folder)
    return folder


def _closure(everything):
    """Paths of the wanted modules and their dependencies, as modules.dep spells them."""
    depends = {}
    for line in (everything / "modules.dep").read_text().splitlines():
        module, _, needs = line.partition(":")
        depends[module] = [module, *needs.split()]
    by_name = {_module_name(module): module for module in depends}
    builtin = {_module_name(line) for line in (everything / "modules.builtin").read_text().splitlines()}
    closure = {}
    for name in map(_module_name, AT_BOOT + ON_DEMAND):
        if name in by_name:
            closure.update(dict.fromkeys(depends[by_name[name]]))
        elif name not in builtin and name != "gpio_sim":
            raise ModuleError(f"the kernel in {everything} has no module {name}")
    return list(closure)


def _module_name(path):
    """The kernel takes - and _ for the same in module names."""
    return re.sub(r"\.ko.*", "", os.path.basename(path)).replace("-", "_")


def _copy_unpacked(source, target):
    """Debian packs modules since 12's backports; not every busybox can unpack them."""
    if source.suffix == ".xz":
        target.write_bytes(lzma.decompress(source.read_bytes()))
    else:
        shutil.copyfile(source, target)
