/**
 * Plays pictures of one rate at another: gives each on as often as its time has room for, or not at all.
 *
 * @param from pictures a second that come
 * @param to pictures a second that are given on
 */
export function atRate<Picture>(
  from: number,
  to: number,
  take: (picture: Picture) => Promise<void>,
): (picture: Picture) => Promise<void> {
  let [seen, taken] = [0, 0];
  return async (picture) => {
    seen++;
    for (; taken / to < seen / from - 1e-6; taken++) await take(picture);
  };
}
