/** Devanagari and Gujarati digits as ASCII ones; other text is returned as it is. */
export function asciiDigits(text: string): string {
  return text.replace(/[\u0966-\u096f\u0ae6-\u0aef]/g, (digit) => String((digit.charCodeAt(0) - 0x66) & 0xf));
}
