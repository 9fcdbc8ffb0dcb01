/** Pictures of folded paper, one for each seed, so that fixtures need no files. */
export function cover(seed: number): string {
  const random = generator(seed);
  const hues = [150, 148, 38, 205, 12, 92];
  const hue = hues[seed % hues.length] ?? 150;
  const panels = 5 + Math.floor(random() * 4);
  const lean = 70 + random() * 90;
  const height = 900 / panels;
  const shapes: string[] = [];
  for (let index = 0; index < panels; index++) {
    const top = index * height;
    const [from, to] = index % 2 === 0 ? [0, lean] : [lean, 0];
    const light = index % 2 === 0 ? 78 - random() * 10 : 52 - random() * 14;
    const left = 240 + random() * 30;
    shapes.push(
      `<path fill="hsl(${hue} 26% ${light}%)" d="M${left + from} ${top}H${1080 + from}L${1080 + to} ${top + height}H${left + to}Z"/>`,
    );
    for (let line = 1; line < 5; line++) {
      const y = top + (height * line) / 5;
      const shift = from + ((to - from) * line) / 5;
      const length = 200 + random() * 480;
      shapes.push(
        `<path stroke="hsl(${hue} 30% ${light - 22}%)" stroke-width="5" opacity=".45" d="M${left + 70 + shift} ${y}h${length}"/>`,
      );
    }
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice">` +
    `<rect width="1440" height="900" fill="hsl(${hue} 22% ${seed % 2 ? 24 : 88}%)"/>${shapes.join("")}</svg>`
  );
}

function generator(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
