// charts: what was measured since the page was opened, over time, by uPlot.

import {h, short} from "./dom.js";
import {network} from "./network.js";

const HIGH = 118;
const color = (name) =>
  getComputedStyle(document.documentElement)
    .getPropertyValue("--" + name)
    .trim();
const COLORS = ["accent", "path"];

// A chart of the history `name` as an element that has update(name) and close().
export function chart(title, unit, series) {
  const said = series.map(() => h("span", {}, "–"));
  const box = h(
    "div",
    {class: "chart", role: "img", "aria-label": title},
    h(
      "h4",
      {},
      title,
      series.map((label, i) => h("span", {}, h("i", {class: "series-" + i}), label, " ", said[i]))
    )
  );
  const axis = () => ({
    stroke: color("dim"),
    grid: {stroke: color("line"), width: 1},
    ticks: {show: false},
    font: "11px system-ui"
  });
  const wide = () => Math.max(120, box.clientWidth - 16);
  let plot = null,
    shown = null;
  const make = () => {
    plot?.destroy();
    plot = new uPlot(
      {
        width: wide(),
        height: HIGH,
        cursor: {y: false, points: {size: 6}},
        legend: {show: false},
        pxAlign: 0,
        scales: {y: {range: (_, __, max) => [0, Math.max(max || 0, 1) * 1.1]}},
        axes: [
          {
            ...axis(),
            space: 80,
            size: 30,
            values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString("en-GB"))
          },
          {...axis(), size: 54, space: 26, values: (_, ticks) => ticks.map((tick) => short(tick))}
        ],
        series: [
          {},
          ...series.map((label, i) => ({
            label,
            stroke: color(COLORS[i]),
            width: 1.8,
            fill: i ? undefined : color(COLORS[i]) + "22",
            points: {show: false}
          }))
        ]
      },
      [[], ...series.map(() => [])],
      box
    );
  };
  const sizes = new ResizeObserver(() => plot && plot.width !== wide() && plot.setSize({width: wide(), height: HIGH}));
  box.update = (name = shown) => {
    shown = name;
    const of = network.history.get(name);
    if (!plot) {
      if (!box.clientWidth) return;
      make();
      sizes.observe(box);
    }
    plot.setData(of ? [of.at, ...of.values] : [[], ...series.map(() => [])]);
    said.forEach((span, i) => {
      const last = of?.values[i]?.at(-1);
      span.textContent = last === null || last === undefined ? "–" : short(last, unit);
    });
    box.setAttribute("aria-label", `${title}: ${series.map((label, i) => `${label} ${said[i].textContent}`).join(", ")}`);
  };
  box.paint = () => {
    if (plot) {
      make();
      box.update();
    }
  };
  box.close = () => {
    sizes.disconnect();
    plot?.destroy();
    plot = null;
  };
  return box;
}
