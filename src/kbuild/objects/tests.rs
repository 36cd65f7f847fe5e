//! Tests of objects that makefiles build.

use std::path::Path;

use super::*;
use crate::cpp::Atom;
use crate::kbuild::run::AllLogical;

/// A tree with these files, and a top `Kbuild` that enters `d`.
fn tree(directory: &Path, files: &[(&str, &str)]) -> Tree {
    let fixed = [
        (
            "Kbuild",
            "obj-y += d/ arch/$(SRCARCH)/\nobj-$(CONFIG_OFF) += off/\nobj-m += modules/\n",
        ),
        ("Makefile", "core-y :=\nlibs-y := lib/\n"),
        (
            "arch/x86/Makefile",
            "export BITS\nifdef CONFIG_64BIT\nBITS := 64\nelse\nBITS := 32\nendif\nplatform-$(CONFIG_X) += xen/\ncore-$(CONFIG_XEN) += xen/\n",
        ),
        ("arch/x86/Kbuild", "obj-y += mm/\n"),
        ("Kconfig", ""),
    ];
    for (path, text) in fixed.iter().chain(files) {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Tree::open_directory(directory).unwrap()
}

/// The conditions of the sources as text: of the kernel, of a module, by a rule.
fn conditions(files: &[(&str, &str)], sources: &[&str]) -> Vec<[String; 3]> {
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    sources
        .iter()
        .map(|source| {
            let built = objects.built(source);
            [built.kernel, built.module, built.rule]
                .map(|condition| objects.conditions.in_kconfig_style(condition))
        })
        .collect()
}

/// Whether the source is built in a configuration: `X` for `y`, `X=m` for `m`.
fn is_built(files: &[(&str, &str)], source: &str, on: &[&str]) -> [bool; 2] {
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    let built = objects.built(source);
    assert_eq!(built.unknown, []);
    let assignment = |atom: &Atom| match atom {
        Atom::Builtin(name) => Some(on.contains(&&**name)),
        Atom::Module(name) => Some(on.contains(&&*format!("{name}=m"))),
        _ => None,
    };
    [built.kernel, built.module]
        .map(|condition| objects.conditions.evaluate(condition, &assignment).unwrap())
}

#[test]
fn composite_objects_are_made_of_their_parts() {
    let files = [(
        "d/Makefile",
        "obj-$(CONFIG_NET) += net.o\nnet-y := core.o\nnet-$(CONFIG_FAST) += fast.o\nnet-objs += old.o\nobj-$(CONFIG_ONE) += one.o\n\
         obj-$(CONFIG_MAYBE) += maybe.o\nmaybe-$(CONFIG_PART) += part.o\n",
    )];
    assert_eq!(is_built(&files, "d/core.c", &["NET"]), [true, false]);
    assert_eq!(is_built(&files, "d/core.c", &["NET=m"]), [false, true]);
    assert_eq!(is_built(&files, "d/core.c", &[]), [false, false]);
    assert_eq!(is_built(&files, "d/fast.c", &["NET"]), [false, false]);
    assert_eq!(
        is_built(&files, "d/fast.c", &["NET", "FAST"]),
        [true, false]
    );
    // A module is not part of a built-in object.
    assert_eq!(
        is_built(&files, "d/fast.c", &["NET", "FAST=m"]),
        [false, false]
    );
    assert_eq!(
        is_built(&files, "d/fast.c", &["NET=m", "FAST=m"]),
        [false, true]
    );
    assert_eq!(is_built(&files, "d/old.c", &["NET"]), [true, false]);
    assert_eq!(is_built(&files, "d/net.c", &["NET"]), [false, false]);
    // A list makes an object composite, whether anything in it is on or not.
    assert_eq!(is_built(&files, "d/maybe.c", &["MAYBE"]), [false, false]);
    assert_eq!(
        is_built(&files, "d/maybe.c", &["MAYBE", "PART"]),
        [false, false]
    );
    assert_eq!(
        is_built(&files, "d/part.c", &["MAYBE=m", "PART=m"]),
        [false, true]
    );
    assert_eq!(
        is_built(&files, "d/part.c", &["MAYBE", "PART=m"]),
        [false, false]
    );
    // In a kernel that has `x.o` built in, only `x-m` tells of the part: the object is not composite.
    assert_eq!(
        is_built(&files, "d/maybe.c", &["MAYBE", "PART=m"]),
        [true, false]
    );
}

#[test]
fn parts_are_not_taken_apart_again() {
    let files = [(
        "d/Makefile",
        "obj-$(CONFIG_X) += x.o\nx-y := y.o\ny-y := z.o\nobj-$(CONFIG_A) += w.o\nobj-$(CONFIG_B) += w.o\nw-m := v.o\nw-y := u.o\n",
    )];
    assert_eq!(is_built(&files, "d/y.c", &["X"]), [true, false]);
    assert_eq!(is_built(&files, "d/z.c", &["X"]), [false, false]);
    // Built in by one line, the object is no module by the other.
    assert_eq!(is_built(&files, "d/v.c", &["A=m"]), [false, true]);
    assert_eq!(is_built(&files, "d/v.c", &["A", "B=m"]), [false, false]);
    assert_eq!(is_built(&files, "d/u.c", &["A", "B=m"]), [true, false]);
}

#[test]
fn makes_own_conditionals_and_functions_are_evaluated() {
    let files = [
        (
            "d/Makefile",
            "ifeq ($(CONFIG_A)$(CONFIG_B),yy)\nobj-y += both.o\nelse ifneq ($(CONFIG_C),)\nobj-$(CONFIG_D:m=y) += c.o\nelse\nobj-y += none.o\nendif\n\
         obj-$(if $(CONFIG_A),$(CONFIG_D)) += if.o\nlist-$(CONFIG_A) := a.o b.o\nobj-y += $(filter-out b.%,$(list-y)) $(addprefix sub/,$(patsubst %.x,%.o,p.x))\n\
         obj-$(subst m,y,$(CONFIG_D)) += $(BITS)bit.o\nobj-$(or $(CONFIG_A),$(CONFIG_B)) += or.o\nlater = $(late)\nlate := late.o\nobj-y += $(later)\n\
         $(foreach n,1 2,$(eval obj-$$(CONFIG_A) += each$(n).o))\ninclude $(srctree)/d/Makefile.more\n",
        ),
        ("d/Makefile.more", "obj-$(CONFIG_A) += more.o\n"),
    ];
    let on = |source: &str, on: &[&str]| is_built(&files, &format!("d/{source}.c"), on)[0];
    assert!(on("both", &["A", "B"]) && !on("both", &["A", "B=m"]));
    assert!(on("c", &["A", "C=m", "D=m"]) && !on("c", &["A", "B", "C", "D"]));
    assert!(on("none", &["A"]) && !on("none", &["C"]));
    assert!(on("if", &["A=m", "D"]) && !on("if", &["D"]));
    assert!(on("a", &["A"]) && !on("a", &["A=m"]) && !on("b", &["A"]));
    assert!(on("sub/p", &[]));
    assert!(on("64bit", &["64BIT", "D=m"]) && !on("64bit", &["D"]) && on("32bit", &["D"]));
    assert!(on("or", &["B"]) && !on("or", &["A=m", "B"]));
    assert!(on("late", &[]) && on("each2", &["A"]) && on("more", &["A"]));
}

#[test]
fn directories_pass_their_conditions_on() {
    let files = [
        (
            "d/Makefile",
            "obj-$(CONFIG_SUB) += sub/ deep/er/\nsubdir-y += tools\n",
        ),
        (
            "d/sub/Makefile",
            "obj-y += a.o\nobj-m += b.o\nlib-y += l.o\n",
        ),
        ("d/deep/er/Makefile", "obj-y += x.o\n"),
        ("d/tools/Makefile", "hostprogs := t\nalways-y += made.o\n"),
        ("arch/x86/mm/Makefile", "obj-y += fault.o\n"),
        (
            "lib/Makefile",
            "lib-y += s.o\nobj-$(CONFIG_Q) += $(shell echo q).o\n",
        ),
        ("xen/Kbuild", "obj-y += x.o\n"),
    ];
    // Nothing of a directory that only modules are in becomes a part of the kernel.
    assert_eq!(is_built(&files, "d/sub/a.c", &["SUB"]), [true, false]);
    assert_eq!(is_built(&files, "d/sub/a.c", &["SUB=m"]), [false, false]);
    assert_eq!(is_built(&files, "d/sub/b.c", &["SUB=m"]), [false, true]);
    assert_eq!(is_built(&files, "d/sub/l.c", &["SUB"]), [true, false]);
    assert_eq!(is_built(&files, "d/deep/er/x.c", &["SUB"]), [true, false]);
    assert_eq!(is_built(&files, "arch/x86/mm/fault.c", &[]), [true, false]);
    assert_eq!(is_built(&files, "xen/x.c", &["XEN"]), [true, false]);
    assert_eq!(
        conditions(&files, &["d/tools/made.c", "lib/s.c", "off/gone.c"]),
        [["n", "n", "y"], ["y", "n", "n"], ["n", "n", "n"],]
    );
}

#[test]
fn what_is_not_known_is_named_with_its_place() {
    let files = [(
        "d/Makefile",
        "obj-y += a.o\nifeq ($(call cc-option,-x),-x)\nobj-y += b.o\nendif\nobj-$(CONFIG_X) += $(shell ls)\nifeq ($(CONFIG_N),2)\nobj-y += n.o\nendif\n",
    )];
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), &files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    assert_eq!(objects.built("d/a.c").kernel, Condition::TRUE);
    let built = objects.built("d/b.c");
    let shown = objects.conditions.in_kconfig_style(built.kernel);
    assert!(shown.contains("cc-option"), "{shown}");
    assert!(!objects.built("d/zzz.c").unknown.is_empty());
    let built = objects.built("d/n.c");
    let shown = objects.conditions.in_preprocessor_style(built.kernel);
    assert!(shown.contains("CONFIG_N") && shown.contains('2'), "{shown}");
}

#[test]
fn makefiles_that_never_end_do() {
    let files = [(
        "d/Makefile",
        "a = $(b)\nb = $(a)\nobj-y += $(a) x.o\ninclude $(srctree)/d/Makefile\nf = $(call f,$(1)$(1))\nobj-y += $(call f,x)\n",
    )];
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), &files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    assert!(!objects.built("d/y.c").unknown.is_empty());
}

#[test]
fn makefiles_name_objects_of_their_neighbours() {
    let files = [
        ("d/Makefile", "obj-$(CONFIG_A) += core/\n"),
        (
            "d/core/Makefile",
            "obj-y += all.o\nall-y := own.o ../power/fan.o\n",
        ),
        ("d/power/Makefile", "FAN := fan.o\n"),
        ("d/core/own.c", ""),
        ("d/power/fan.c", ""),
    ];
    let nested = files.map(|(path, text)| (path.replacen("d/", "d/e/", 1), text));
    let mut nested: Vec<(&str, &str)> =
        nested.iter().map(|(path, text)| (&**path, *text)).collect();
    nested.push(("d/Makefile", "obj-y += e/\n"));
    let [kernel, ..] = &conditions(&nested, &["d/e/power/fan.c"])[0];
    assert_eq!(kernel, "A");
    let holder = |files: &[(&str, &str)]| {
        let directory = tempfile::tempdir().unwrap();
        let tree = tree(directory.path(), files);
        let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
        objects.built("d/e/power/fan.c").holder
    };
    assert_eq!(holder(&nested).as_deref(), Some("d/e/core"));
    // The neighbour may list it as well, or be of another architecture.
    nested.push(("d/e/power/Makefile", "obj-$(CONFIG_P) += fan.o\n"));
    nested.push((
        "d/e/Makefile",
        "obj-$(CONFIG_A) += core/\nobj-y += power/\n",
    ));
    assert_eq!(is_built(&nested, "d/e/power/fan.c", &["A"]), [true, false]);
    assert_eq!(is_built(&nested, "d/e/power/fan.c", &["P"]), [true, false]);
    assert_eq!(is_built(&nested, "d/e/power/fan.c", &[]), [false, false]);
    let others = [
        (
            "arch/x86/mm/Makefile",
            "obj-$(CONFIG_B) += ../../arm/xen/x.o\n",
        ),
        ("arch/arm/xen/Makefile", "obj-y += x.o\n"),
    ];
    let [kernel, ..] = &conditions(&others, &["arch/arm/xen/x.c"])[0];
    assert_eq!(kernel, "B");
}

#[test]
fn makefiles_name_objects_from_afar() {
    let files = [
        ("arch/x86/Kbuild", "obj-y += kvm/\n"),
        (
            "arch/x86/kvm/Makefile",
            "ccflags-y += -I $(src) -I$(srctree)/virt/kvm/own\nsubdir-ccflags-y := -I$(src)/../mm\nCFLAGS_vmx.o += -I$(src)/vmx\n\
             include $(srctree)/virt/Makefile.kvm\nobj-$(CONFIG_KVM) += kvm.o\nkvm-y += vmx.o\n",
        ),
        (
            "virt/Makefile.kvm",
            "KVM ?= ../../../virt\nkvm-y := $(KVM)/main.o\n",
        ),
    ];
    assert_eq!(is_built(&files, "virt/main.c", &["KVM"]), [true, false]);
    assert_eq!(is_built(&files, "virt/main.c", &["KVM=m"]), [false, true]);
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), &files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    assert_eq!(
        objects.include_directories("virt/main.c"),
        ["arch/x86/kvm", "virt/kvm/own", "arch/x86/mm"]
    );
    assert_eq!(
        objects.include_directories("arch/x86/kvm/vmx.c"),
        [
            "arch/x86/kvm",
            "virt/kvm/own",
            "arch/x86/mm",
            "arch/x86/kvm/vmx"
        ]
    );
}

#[test]
fn rules_and_headers_of_offsets_compile_too() {
    let files = [
        (
            "arch/x86/Kbuild",
            "targets += mm/said.s\nobj-$(CONFIG_BOOT) += boot/\n",
        ),
        (
            "arch/x86/boot/Makefile",
            "OBJECTS := $(obj)/misc.o\n$(obj)/image: $(obj)/head.o $(OBJECTS) FORCE\n\tld $^ $(obj)/not.o\n",
        ),
    ];
    let sources = [
        "arch/x86/boot/head.S",
        "arch/x86/boot/misc.c",
        "arch/x86/boot/not.c",
    ];
    let said = conditions(&files, &["arch/x86/mm/said.c"]);
    assert_eq!(said, [["n", "n", "y"]]);
    let all = conditions(&files, &sources);
    let by_rule: Vec<bool> = all.iter().map(|[.., rule]| rule != "n").collect();
    assert_eq!(by_rule, [true, true, false]);
}

#[test]
fn a_pattern_rule_may_make_an_object_of_another_name() {
    let files = [
        ("d/Makefile", "obj-y += hyp/\n"),
        (
            "d/hyp/Makefile",
            "hyp-obj-y := trace.o\nhyp-obj := $(patsubst %.o,%.nvhe.o,$(hyp-obj-y))\nobj-y := all.o list.o\n\
             targets += $(hyp-obj) list.tmp.o\n$(obj)/%.nvhe.o: $(src)/%.c FORCE\n\tcc\n",
        ),
    ];
    let directory = tempfile::tempdir().unwrap();
    let tree = tree(directory.path(), &files);
    let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
    let mut of = |source: &str| objects.built(source).variant;
    assert_eq!(of("d/hyp/trace.c").as_deref(), Some("d/hyp/trace.nvhe.o"));
    // An object in a list is made as it is.
    assert_eq!(of("d/hyp/list.c"), None);
}

#[test]
fn only_exported_variables_reach_other_makefiles() {
    let files = [(
        "d/Makefile",
        "obj-$(if $(BITS),y) += b.o\nobj-y += platform.o\n",
    )];
    assert_eq!(is_built(&files, "d/platform.c", &[]), [true, false]);
    assert_eq!(is_built(&files, "d/b.c", &[]), [true, false]);
}

#[test]
fn arguments_of_functions_may_differ_from_configuration_to_configuration() {
    let files = [(
        "d/Makefile",
        "obj-$(subst y,$(CONFIG_L),$(CONFIG_P)) += l.o\nifneq ($(CONFIG_A),)\nDIR = sub\nPATHS = $(DIR)\nobj-y += $(addprefix $(PATHS)/,x.o)\nendif\n",
    )];
    assert_eq!(is_built(&files, "d/l.c", &["L=m", "P"]), [false, true]);
    assert_eq!(is_built(&files, "d/l.c", &["L", "P=m"]), [false, true]);
    assert_eq!(is_built(&files, "d/l.c", &["L", "P"]), [true, false]);
    assert_eq!(is_built(&files, "d/sub/x.c", &["A=m"]), [true, false]);
    assert_eq!(is_built(&files, "d/sub/x.c", &[]), [false, false]);
}

#[test]
fn what_a_loop_evaluates_counts_where_its_word_is_there() {
    let files = [(
        "d/Makefile",
        "t-$(CONFIG_A) += a\nt-$(CONFIG_B) += b\n$(foreach n,$(t-y),$(eval obj-y += x$(n).o))\n$(if $(CONFIG_A),$(eval obj-y += if.o))\n",
    )];
    assert_eq!(is_built(&files, "d/xa.c", &["A"]), [true, false]);
    assert_eq!(is_built(&files, "d/xa.c", &["B"]), [false, false]);
    assert_eq!(is_built(&files, "d/if.c", &["A"]), [true, false]);
    assert_eq!(is_built(&files, "d/if.c", &["B"]), [false, false]);
}

#[test]
fn what_is_defined_alike_in_many_configurations_is_one_word() {
    let makefile = "fmt-$(CONFIG_A) += a\nfmt-$(CONFIG_B) += b\nfmt-$(CONFIG_C) += c\nfmt-$(CONFIG_D) += d\nfmt-$(CONFIG_E) += e\n\
        TEST :=\ndefine form\nobj-$(2) += fmt_$(1).o\ntest-y += test_$(1).o\nTEST := test.o\n\nendef\n\
        $(eval $(foreach f,$(fmt-y),$(call form,$(f),y)))\n$(eval $(foreach f,$(fmt-m),$(call form,$(f),m)))\n\
        obj-$(CONFIG_TEST) += $(TEST)\n";
    let files = [
        ("d/Makefile", makefile),
        ("d/fmt_c.c", ""),
        ("d/test_c.c", ""),
    ];
    let built = |source, on: &[&str]| is_built(&files, source, on);
    assert_eq!(built("d/fmt_c.c", &["C"]), [true, false]);
    assert_eq!(built("d/fmt_c.c", &["A", "C=m"]), [false, true]);
    assert_eq!(built("d/fmt_c.c", &["A"]), [false, false]);
    assert_eq!(built("d/test_c.c", &["C", "TEST"]), [true, false]);
    assert_eq!(built("d/test_c.c", &["C"]), [false, false]);
}

#[test]
fn what_nests_too_deeply_is_not_known() {
    let strip = |depth: usize| format!("{}a.o{}", "$(strip ".repeat(depth), ")".repeat(depth));
    let unknown = |makefile: &str| {
        let directory = tempfile::tempdir().unwrap();
        let tree = tree(directory.path(), &[("d/Makefile", makefile)]);
        let mut objects = Objects::new(&tree, &AllLogical, "x86", "x86_64");
        let built = objects.built("d/a.c");
        (built.is_possible(), built.unknown.len())
    };
    assert_eq!(unknown(&format!("obj-y += {}\n", strip(50))), (true, 0));
    assert_eq!(
        unknown(&format!("obj-y += {}\n", strip(20_000))),
        (false, 1)
    );
    let nested = |depth: usize| {
        let conditionals: String = (0..depth).map(|i| format!("ifdef CONFIG_{i}\n")).collect();
        format!("{conditionals}obj-y += a.o\n{}", "endif\n".repeat(depth))
    };
    assert_eq!(unknown(&nested(50)), (true, 0));
    let (is_possible, count) = unknown(&nested(4_000));
    assert!(!is_possible && count > 0);
}
