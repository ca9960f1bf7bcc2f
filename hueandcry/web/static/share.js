// Offers the phone's own share sheet for the words beside it; copying them by hand works everywhere.
for (const button of document.querySelectorAll("[data-share]")) {
  const text = document.getElementById(button.dataset.share)?.value;
  if (!text || !navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", () => navigator.share({ text }).catch(() => {}));
}
