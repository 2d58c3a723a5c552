// bench/results.json as one plain SVG: wall time on log axes, four panels, readable on light and on dark ground.
const colours = {
  limit: ['#57606a', '#9da7b1'],
  tsrun: ['#0969da', '#58a6ff'],
  ansible: ['#cf222e', '#ff7b72'],
  ansible_new: ['#953800', '#ffa657'],
  mitogen: ['#8250df', '#d2a8ff'],
  pyinfra: ['#1a7f37', '#56d364'],
  cdist: ['#9a6700', '#e3b341'],
};
const names = {
  limit: 'limit',
  tsrun: 'tsrun',
  ansible: 'Ansible 2.14',
  ansible_new: 'Ansible newest',
  mitogen: 'mitogen',
  pyinfra: 'pyinfra',
  cdist: 'cdist',
};
const [WIDTH, HEIGHT, LEFT, TOP] = [380, 250, 60, 40];
const STEP = { x: WIDTH + LEFT + 40, y: HEIGHT + TOP + 60 };

const panels = [
  { title: 'Converged run, 20 tasks', axis: 'hosts', along: 'hosts', keep: { state: 'converged', tasks: 20, delay: 0 } },
  { title: 'First run, 20 tasks', axis: 'hosts', along: 'hosts', keep: { state: 'first', tasks: 20, delay: 0 } },
  {
    title: 'Converged run, 20 tasks, 20 ms away',
    axis: 'hosts',
    along: 'hosts',
    keep: { state: 'converged', tasks: 20, delay: 20 },
  },
  { title: 'Converged run, 1 host', axis: 'tasks', along: 'tasks', keep: { state: 'converged', hosts: 1, delay: 0 } },
];

const css = `text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; font-size: 14px; }
.grid { stroke: #d1d9e0; stroke-width: 1; } .line { fill: none; stroke-width: 2; } .ground { fill: #ffffff; }
${Object.entries(colours)
  .map(([peer, [light]]) => `.${peer} { stroke: ${light}; } .${peer}-dot { fill: ${light}; }`)
  .join('\n')}
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .grid { stroke: #3d444d; } .ground { fill: #0d1117; }
${Object.entries(colours)
  .map(([peer, [, dark]]) => `.${peer} { stroke: ${dark}; } .${peer}-dot { fill: ${dark}; }`)
  .join('\n')} }`;

const round = n => Number(n.toFixed(1));
const scale = (low, high, size) => value => (Math.log(value / low) / Math.log(high / low)) * size;

/** Powers of ten that hold all values. */
const decades = values => {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  return { low, high: high === low ? low * 10 : high };
};

function panel({ title, axis, along, keep }, rows, place) {
  const own = rows.filter(
    row => row.wall && row.peer in colours && Object.entries(keep).every(([name, value]) => row[name] === value),
  );
  if (own.length === 0) return '';
  const ticksX = [...new Set(own.map(row => row[along]))].sort((a, b) => a - b);
  const { low, high } = decades(own.map(row => row.wall));
  const across = scale(ticksX[0] / 1.3, ticksX.at(-1) * 1.3, WIDTH);
  const up = scale(low, high, HEIGHT);
  const at = (x, y) => `${round(across(x))},${round(HEIGHT - up(y))}`;
  const ticksY = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, n) => low * 10 ** n);
  const grid = ticksY.map(y => {
    const level = round(HEIGHT - up(y));
    return `<line class="grid" x1="0" x2="${WIDTH}" y1="${level}" y2="${level}"/><text x="-8" y="${level + 4}" text-anchor="end">${Number(y.toPrecision(3))} s</text>`;
  });
  const marks = ticksX.map(x => `<text x="${round(across(x))}" y="${HEIGHT + 18}" text-anchor="middle">${x}</text>`);
  const lines = Object.keys(colours).map(peer => {
    const points = own.filter(row => row.peer === peer).sort((a, b) => a[along] - b[along]);
    const dots = points.map(row => {
      const [cx, cy] = at(row[along], row.wall).split(',');
      return `<circle class="${peer}-dot" cx="${cx}" cy="${cy}" r="3.5"><title>${names[peer]}, ${row[along]} ${axis}: ${row.wall.toFixed(2)} s</title></circle>`;
    });
    return points.length === 0
      ? ''
      : `<polyline class="line ${peer}" points="${points.map(row => at(row[along], row.wall)).join(' ')}"/>${dots.join('')}`;
  });
  return `<g transform="translate(${place.x + LEFT},${place.y + TOP})"><text class="title" x="0" y="-16">${title}</text>${grid.join('')}${marks.join('')}
<text x="${WIDTH / 2}" y="${HEIGHT + 36}" text-anchor="middle">${axis}</text>${lines.join('\n')}</g>`;
}

export function plotOf(rows) {
  const seen = Object.keys(colours).filter(peer => rows.some(row => row.peer === peer && row.wall));
  const legend = seen.map((peer, n) => {
    const x = LEFT + n * 118;
    return `<circle class="${peer}-dot" cx="${x}" cy="16" r="5"/><text x="${x + 10}" y="20">${names[peer]}</text>`;
  });
  const drawn = panels.map((one, n) => panel(one, rows, { x: (n % 2) * STEP.x, y: 30 + Math.floor(n / 2) * STEP.y }));
  const [width, height] = [2 * STEP.x, 30 + 2 * STEP.y];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Wall time of tsrun and its peers</title><style>${css}</style><rect class="ground" width="${width}" height="${height}"/>
${legend.join('')}
${drawn.join('\n')}
</svg>
`;
}
