/* The server counts in small cells so that it answers fast; on the screen that many discs would lie on each other. */

/**
 * Merge points that are nearer than `reach_px` into the one with the highest count, greedily.
 *
 * `points`: `{x, y, properties: {count, open, median_days}}` in px. The sum of the counts stays the same; a merged
 * point lies at the middle of what it holds, weighted by count.
 */
export function mergeClusters(points, reach_px) {
  const cells = new Map();
  const cellOf = (value) => Math.floor(value / reach_px);
  for (const point of points) {
    const key = `${cellOf(point.x)}/${cellOf(point.y)}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(point);
  }
  const taken = new Set();
  const merged = [];
  for (const seed of [...points].sort((a, b) => b.properties.count - a.properties.count || a.y - b.y || a.x - b.x)) {
    if (taken.has(seed)) continue;
    const members = [];
    for (let column = cellOf(seed.x) - 1; column <= cellOf(seed.x) + 1; column += 1) {
      for (let row = cellOf(seed.y) - 1; row <= cellOf(seed.y) + 1; row += 1) {
        for (const point of cells.get(`${column}/${row}`) ?? []) {
          if (taken.has(point) || Math.hypot(point.x - seed.x, point.y - seed.y) > reach_px) continue;
          taken.add(point);
          members.push(point);
        }
      }
    }
    merged.push(sum(members));
  }
  return merged;
}

function sum(members) {
  const count = members.reduce((total, {properties}) => total + properties.count, 0);
  const open = members.reduce((total, {properties}) => total + properties.open, 0);
  const middle = (axis) => members.reduce((total, point) => total + point[axis] * point.properties.count, 0) / count;
  return {x: middle("x"), y: middle("y"), properties: {cluster: true, count, open, median_days: typical(members)}};
}

/* The middle one of the members' medians, each as often as it has closed reports: near the true one, and never outside. */
function typical(members) {
  const known = members.map(({properties}) => properties).filter(({median_days: days}) => typeof days === "number");
  known.sort((a, b) => a.median_days - b.median_days);
  const closed = ({count, open}) => count - open;
  let left = known.reduce((total, each) => total + closed(each), 0) / 2;
  return known.find((each) => (left -= closed(each)) <= 0)?.median_days;
}
