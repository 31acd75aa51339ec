// intents: what is declared, and an editor: a text is planned first, and can be put when its plan has been seen.

import * as api from "./api.js";
import {$, badge, h, put} from "./dom.js";
import {network} from "./network.js";

let editor,
  result,
  plan,
  apply,
  about,
  inForce = "",
  planned = null,
  writable = false;

const busy = (is) => {
  plan.disabled = is;
  apply.disabled = is || !mayApply();
};
const mayApply = () => writable && planned !== null && planned === editor.value;

// The n-th line of the editor is selected and scrolled to.
function goToLine(n) {
  const lines = editor.value.split("\n"),
    start = lines.slice(0, n - 1).reduce((sum, line) => sum + line.length + 1, 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[n - 1] || "").length);
  editor.scrollTop = (editor.scrollHeight * Math.max(0, n - 4)) / lines.length;
}

function fault(error) {
  const n = Number(/line (\d+)/.exec(error.place)?.[1]);
  return h(
    "li",
    {},
    n ? h("button", {type: "button", class: "link", onclick: () => goToLine(n)}, error.place) : error.place || null,
    error.place ? ": " : null,
    error.detail
  );
}

function refused(why) {
  const line = /\bline \d+/.exec(why.message)?.[0],
    errors = why.errors?.length ? why.errors : line ? [{place: line, detail: "here"}] : [];
  put(
    result,
    h(
      "div",
      {class: "verdict failed", role: "alert"},
      h("p", {}, h("b", {}, "Refused; nothing has changed. "), why.message),
      errors.length ? h("ul", {id: "intent-faults"}, errors.map(fault)) : null
    )
  );
}

function kindOf(line) {
  return /^\s*(add|delete|modify)\b/.exec(line)?.[1] || "";
}

function changes(of) {
  const head = [
    h(
      "h3",
      {},
      `Switch ${of.name || of.datapath} `,
      of.refused
        ? badge("refuses", "failed")
        : badge(of.changes ? `${of.changes} of ${of.of} change` : `none of ${of.of} changes`, of.changes ? "warning" : "ok")
    )
  ];
  if (of.refused) return [...head, h("p", {class: "failed"}, `It cannot do this, and keeps what it has: ${of.refused}`)];
  if (!of.lines.length) return head;
  return [
    ...head,
    h(
      "div",
      {class: "diff mono", tabindex: 0, role: "region", "aria-label": `Changes of ${of.name || of.datapath}`},
      of.lines.map((line) => h("div", {class: kindOf(line)}, line)),
      of.changes > of.lines.length ? h("div", {class: "dim"}, `and ${of.changes - of.lines.length} more`) : null
    )
  ];
}

function show(answer) {
  const sum = answer.switches.reduce((n, of) => n + of.changes, 0),
    flows = `${sum} flow${sum === 1 ? "" : "s"} and meters`;
  put(
    result,
    h(
      "p",
      {class: "verdict ok", role: "status"},
      answer.applied
        ? `Applied: ${flows} changed on ${answer.switches.length} switches.`
        : `Valid. It would change ${flows}. Nothing has changed yet.`
    ),
    answer.master
      ? h("p", {class: "dim"}, `This controller stands by. ${answer.master} is master, and switches have its intents: put them there, too.`)
      : [],
    answer.switches.map(changes).flat()
  );
}

async function send(dry) {
  const text = editor.value;
  busy(true);
  put(result, h("p", {class: "dim", role: "status"}, dry ? "Planning …" : "Applying …"));
  try {
    const answer = await api.put("/intents" + (dry ? "?dry_run=true" : ""), text);
    planned = dry ? text : null;
    if (!dry) inForce = text;
    show(answer);
  } catch (why) {
    planned = null;
    refused(why);
  }
  busy(false);
}

// The intents that are in force come into the editor, unless something was typed there.
export async function readIntents() {
  try {
    const answer = await api.get("/intents"),
      text = JSON.stringify(answer.intents, null, 2);
    writable = answer.writable && network.status?.may_write !== false;
    put(
      about,
      writable
        ? "Change the text, see the plan, then apply it."
        : network.status?.may_write === false
          ? "This token may only read; you may plan, and not apply."
          : "They cannot be put: sdn.api.intents_file is not configured. You may plan."
    );
    if (editor.value === inForce || editor.value === "") {
      editor.value = text;
      planned = null;
    }
    inForce = text;
    busy(false);
  } catch (why) {
    put(about, h("span", {class: "failed"}, why.message));
  }
}

export function startIntents() {
  about = h("span", {});
  result = h("div", {id: "intent-result", "aria-live": "polite"});
  editor = h("textarea", {
    id: "intent-text",
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    wrap: "off",
    oninput: () => busy(false)
  });
  plan = h("button", {type: "button", id: "intent-plan", class: "primary", onclick: () => send(true)}, "Show the plan");
  apply = h("button", {type: "button", id: "intent-apply", disabled: true, onclick: () => send(false)}, "Apply");
  const reset = () => {
    editor.value = inForce;
    planned = null;
    put(result);
    busy(false);
  };
  put(
    $("intents"),
    h("div", {class: "head"}, h("label", {for: "intent-text"}, "Intents, as sdn.intents of the configuration. ", about)),
    editor,
    h("div", {class: "row"}, plan, apply, h("button", {type: "button", onclick: reset}, "What is in force")),
    result
  );
}
