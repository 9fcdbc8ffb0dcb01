// Words and numbers as the page shows them.
export const DEFAULT_NAMESPACE = "openfaas-fn";

const whole = new Intl.NumberFormat("en");
export const count = (number) => whole.format(number);

export function milliseconds(number) {
  if (number === null) return "–";
  if (number >= 1000) return `${(number / 1000).toFixed(number < 10_000 ? 1 : 0)} s`;
  return `${number >= 100 ? number.toFixed(0) : number.toPrecision(2)} ms`;
}

export function bytes(number) {
  if (number === undefined || number === null) return "–";
  if (number < 1000) return `${number} B`;
  const mebi = number / 2 ** 20;
  if (mebi < 0.1) return `${(number / 1000).toFixed(1)} kB`;
  return mebi < 1000 ? `${mebi < 10 ? mebi.toFixed(1) : mebi.toFixed(0)} MB` : `${(mebi / 1024).toFixed(1)} GB`;
}

export const percent = (millicores) => `${(millicores / 10).toFixed(millicores >= 100 || millicores === 0 ? 0 : 1)} %`;

export const perSecond = (rate) => (rate === 0 ? "0" : rate < 10 ? rate.toFixed(1) : rate.toFixed(0));

export const keyOf = ({ name, namespace }) => `${namespace}/${name}`;

export const target = ({ name, namespace }) => (namespace === DEFAULT_NAMESPACE ? name : `${name}.${namespace}`);
