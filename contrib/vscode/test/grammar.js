// Tests that the grammar colours Kconfig as the language has it: tokens of a sample and their scopes, and, with the directory of a
// kernel tree as the argument, that no entry of its Kconfig files is taken for a help text.

"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const ROOT = path.join(__dirname, "..");

// Each line of the sample, and of some of its words the scope that the word has to have; `null` stands for no scope but that of the file.
const SAMPLE = [
  ["mainmenu \"A $(ARCH) kernel\"", { mainmenu: "keyword.control", "A ": "string.quoted.double", ARCH: "support.function" }],
  ["# a comment", { "# a comment": "comment.line" }],
  ["CC_OK := $(shell,test -n \"x\")", { CC_OK: "variable.other", ":=": "keyword.operator.assignment", shell: "support.function" }],
  ["source \"arch/$(SRCARCH)/Kconfig\"", { source: "keyword.control.import", "arch/": "string.quoted.double", SRCARCH: "support.function" }],
  ["menuconfig NET", { menuconfig: "keyword.declaration", NET: "entity.name" }],
  ["\tbool \"Networking \\\" support\" if EXPERT", { bool: "keyword.other", "\\\"": "constant.character.escape", " support": "string.quoted.double", if: "keyword.control", EXPERT: "variable.other.constant" }],
  ["\tdepends on (A && !B) || C != m # why", { "depends on": "keyword.other", "&&": "keyword.operator", "!": "keyword.operator", "||": "keyword.operator", "!=": "keyword.operator", A: "variable.other.constant", m: "constant.language", "# why": "comment.line" }],
  ["\tdefault \\", { default: "keyword.other" }],
  ["\t\ty", { y: "constant.language" }],
  ["\tdepends on $(cc-option,-mfoo)", { "cc-option": "support.function" }],
  ["\trange 0x10 255", { range: "keyword.other", "0x10": "constant.language", "255": "constant.language" }],
  ["\tselect CRC32", { select: "keyword.other", CRC32: "variable.other.constant" }],
  ["\thelp", { help: "keyword.other.help" }],
  ["\t  config and select are words here, default too.", { select: "string.unquoted.help", "  config": "string.unquoted.help", default: "string.unquoted.help" }],
  ["", {}],
  ["\t  depends on nothing", { "depends on": "string.unquoted.help" }],
  ["\tdefault y", { default: "keyword.other", y: "constant.language" }],
  ["if NET", { if: "keyword.control", NET: "variable.other.constant" }],
  ["choice", { choice: "keyword.control" }],
  ["\tprompt \"Which\"", { prompt: "keyword.other", Which: "string.quoted.double" }],
  ["\tconfig ONE", { config: "keyword.declaration", ONE: "entity.name" }],
  ["\t\tbool \"one\"", { bool: "keyword.other" }],
  ["\t\thelp", { help: "keyword.other.help" }],
  ["\t\t  The text.", { "The text.": "string.unquoted.help" }],
  ["\tconfig MIDDLE", { config: "keyword.declaration", MIDDLE: "entity.name" }],
  ["\tbool \"at the same depth\"", { bool: "keyword.other" }],
  ["\thelp", { help: "keyword.other.help" }],
  ["\t  A text.", { "A text.": "string.unquoted.help" }],
  ["", {}],
  ["\tconfig TWO", { config: "keyword.declaration", TWO: "entity.name" }],
  ["\t\ttristate 'two'", { tristate: "keyword.other", two: "string.quoted.single" }],
  ["\t\thelp", { help: "keyword.other.help" }],
  ["\t\t  More text.", { "More text.": "string.unquoted.help" }],
  ["\tendchoice", { endchoice: "keyword.control" }],
  ["endif", { endif: "keyword.control" }],
  ["menu \"M\"", { menu: "keyword.control", M: "string.quoted.double" }],
  ["\tvisible if ONE", { visible: "keyword.other", if: "keyword.control", ONE: "variable.other.constant" }],
  ["config LAST", { LAST: "entity.name" }],
  ["        bool", { bool: "keyword.other" }],
  ["        help", { help: "keyword.other.help" }],
  ["\t  A text after a tab.", { "A text after a tab.": "string.unquoted.help" }],
  ["comment \"the end\"", { comment: "keyword.control", "the end": "string.quoted.double" }],
  ["endmenu", { endmenu: "keyword.control" }],
];

async function load() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  const { contributes } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const [of] = contributes.grammars;
  const file = path.join(ROOT, of.path);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
      scope === of.scopeName ? textmate.parseRawGrammar(fs.readFileSync(file, "utf8"), file) : null,
  });
  return registry.loadGrammar(of.scopeName);
}

// Calls `visit` with each line, its number from 1 and its tokens.
function lines(grammar, text, visit) {
  let state = textmate.INITIAL;
  text.forEach((line, index) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    visit(line, index + 1, tokens);
  });
}

function sample(grammar) {
  let words = 0;
  lines(grammar, SAMPLE.map(([line]) => line), (line, number, tokens) => {
    for (const [word, scope] of Object.entries(SAMPLE[number - 1][1])) {
      // Words, not parts of other words.
      const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const start = line.search(new RegExp(`(?<![A-Za-z0-9_])${escaped}(?![A-Za-z0-9_])`));
      assert.ok(start >= 0, `line ${number} has no \`${word}\``);
      const token = tokens.find((token) => token.startIndex <= start && start < token.endIndex);
      const inner = token.scopes.filter((of) => !of.startsWith("meta.")).at(-1);
      assert.ok(inner.startsWith(`${scope}.`), `line ${number}, \`${word}\` in \`${line}\`: ${inner}, not ${scope}`);
      words += 1;
    }
  });
  return words;
}

// The lines of a tree that open an entry by their form. A help text may have such a line; in 7.2 none of them has.
function tree(grammar, root) {
  let [files, entries] = [0, 0];
  const wrong = [];
  const names = fs.readdirSync(root, { recursive: true }).filter((name) => /(^|\/)Kconfig[^/]*$/.test(name));
  for (const name of names) {
    const file = path.join(root, name);
    // `scripts/kconfig/tests` has files that are wrong on purpose.
    if (/scripts\/kconfig\/tests|\.rst$/.test(name) || !fs.lstatSync(file).isFile()) {
      continue;
    }
    files += 1;
    lines(grammar, fs.readFileSync(file, "utf8").split("\n"), (line, number, tokens) => {
      const entry = /^[ \t]*(?:menu)?config[ \t]+([A-Za-z0-9_]+)[ \t]*$/.exec(line);
      if (!entry) {
        return;
      }
      entries += 1;
      const at = line.lastIndexOf(entry[1]);
      const token = tokens.find((token) => token.startIndex <= at && at < token.endIndex);
      if (token.scopes.at(-1) !== "entity.name.constant.kconfig") {
        wrong.push(`${name}:${number}: ${line.trim()}`);
      }
    });
  }
  assert.deepStrictEqual(wrong, []);
  return `${entries} entries in ${files} files of ${root}`;
}

load().then((grammar) => {
  console.log(`${sample(grammar)} words of the sample`);
  for (const root of process.argv.slice(2)) {
    console.log(tree(grammar, root));
  }
}).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
