/** The sign of Fanfold: paper folded back and forth. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="4 3 24 26" width={size} height={size} aria-hidden="true" focusable="false">
      <path fill="var(--accent)" d="M5 4h17l5 6H10z" />
      <path fill="var(--accent)" fillOpacity=".62" d="M10 10h17l-5 6H5z" />
      <path fill="var(--accent)" d="M5 16h17l5 6H10z" />
      <path fill="var(--accent)" fillOpacity=".38" d="M10 22h17l-5 6H5z" />
    </svg>
  );
}
