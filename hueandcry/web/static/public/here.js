// "Use where I am" beside the box for a place; the page works without it, and nothing is asked before it is pressed.
const box = document.querySelector("[data-here]");

if (box && navigator.geolocation) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary hc-here";
  button.textContent = "Use where I am now";
  said.setAttribute("role", "status");
  button.addEventListener("click", () => {
    said.textContent = "Looking…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        box.value = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
        said.textContent = `Found, to about ${Math.round(coords.accuracy)} m.`;
      },
      () => {
        said.textContent = "Your phone did not say where you are. Type a postcode instead.";
      },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
    );
  });
  box.after(button, said);
}
