export interface Formats {
  locale: string;
  /** A quantity in base units, shown with the item's decimal places: 1500 at 3 is 1.500. */
  quantity(units: number, scale?: number): string;
  /** With its sign, as a change is written. */
  change(units: number, scale?: number): string;
  number(value: number, options?: Intl.NumberFormatOptions): string;
  percent(share: number): string;
  /** A decimal text with the currency that it is in. */
  money(amount: string, currency: string): string;
  /** Of as many base units as 1 is shown for, from the price of one: 0.0042 at 3 is 4.20. */
  price(ofBaseUnit: string, currency: string, scale: number): string;
  time(moment: string | number): string;
  moment(moment: string | number): string;
  day(date: string | number): string;
  /** Days from one to another; one day alone is written once. */
  days(from: string, to: string): string;
}

/** All formats of one locale; Intl's formatters are made once, being slow to make. */
export function formatsOf(locale: string): Formats {
  const made = new Map<string, Intl.NumberFormat>();
  const numbers = (options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options);
    const known = made.get(key) ?? new Intl.NumberFormat(locale, options);
    made.set(key, known);
    return known;
  };
  const scaled = (scale: number): Intl.NumberFormatOptions => ({ minimumFractionDigits: scale, maximumFractionDigits: scale });
  const times = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  return {
    locale,
    quantity: (units, scale = 0) => numbers(scaled(scale)).format(units / 10 ** scale),
    change: (units, scale = 0) => numbers({ ...scaled(scale), signDisplay: "exceptZero" }).format(units / 10 ** scale),
    number: (value, options = {}) => numbers(options).format(value),
    percent: (share) => numbers({ style: "percent", maximumFractionDigits: 1 }).format(share),
    // As text: a number would lose what a decimal has beyond 15 places.
    money: (amount, currency) => numbers({ style: "currency", currency }).format(amount as Intl.StringNumericLiteral),
    price: (ofBaseUnit, currency, scale) =>
      numbers({ style: "currency", currency, maximumFractionDigits: 4 }).format(
        `${ofBaseUnit}e${scale}` as Intl.StringNumericLiteral,
      ),
    time: (moment) => times.format(new Date(moment)),
    moment: (moment) => moments.format(new Date(moment)),
    day: (date) => days.format(new Date(date)),
    days: (from, to) => days.formatRange(new Date(from), new Date(to)),
  };
}
