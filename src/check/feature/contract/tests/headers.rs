//! Uses in the headers of generic code.

use super::{ONE, PLAIN, TWO, found, only};

#[test]
fn what_a_header_uses_where_the_feature_is_off_is_needed_there() {
    let inverted = (
        "include/linux/x.h",
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\nstatic inline void f(void)\n{\n\thook();\n}\n#else\nstatic inline void f(void) { }\n#endif\n",
    );
    let source = (
        "mm/d.c",
        "#include <linux/x.h>\nvoid g(void)\n{\n\tf();\n}\n",
    );
    assert_eq!(
        only(PLAIN, &[inverted, ONE, TWO, source]),
        "missing-fallback six"
    );
    let for_c = inverted
        .1
        .replace("#ifndef CONFIG", "#ifndef __ASSEMBLY__\n#ifndef CONFIG");
    let for_c = ("include/linux/x.h", &*format!("{for_c}#endif\n"));
    assert_eq!(
        only(PLAIN, &[for_c, ONE, TWO, source]),
        "missing-fallback six"
    );
    let for_assembler = for_c
        .1
        .replace("#ifndef __ASSEMBLY__", "#ifdef __ASSEMBLY__");
    let for_assembler = ("include/linux/x.h", &*for_assembler);
    assert_eq!(found(PLAIN, &[for_assembler, ONE, TWO, source]), [""; 0]);
}
