/* Where the phone is. Asked only when somebody presses the button, and told to nobody but the form. */

const TIMEOUT_MS = 12000;

export const canLocate = "geolocation" in navigator && window.isSecureContext;

/** Resolves to `{lon, lat, accuracy_m}`; rejects with Error("denied") or Error("unavailable"). */
export function locate() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({coords}) => resolve({lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy)}),
      (error) => reject(new Error(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable")),
      {enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 30000},
    );
  });
}
