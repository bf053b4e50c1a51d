(function () {
  'use strict';
  var root = document.documentElement, zoom = document.getElementById('zoom');

  // Storage may be refused for a file opened from disk; the theme then lasts as long as the page.
  function stored(value) { try { if (value) localStorage.setItem('crane-theme', value); return localStorage.getItem('crane-theme'); } catch (refused) { return value; } }
  if (stored()) root.dataset.theme = stored();
  document.getElementById('theme').onclick = function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    stored(root.dataset.theme);
  };

  var fold = document.getElementById('fold'), folded = false;
  fold.onclick = function () {
    folded = !folded;
    fold.textContent = folded ? 'Show code' : 'Hide code';
    document.querySelectorAll('.cell.code details').forEach(function (d) { d.open = !folded; });
  };
  addEventListener('beforeprint', function () { figures.forEach(draw); });

  function figureOf(box) { return JSON.parse(box.querySelector('script').textContent); }
  function draw(box) {
    if (!window.Plotly || box.dataset.live) return;
    box.dataset.live = '1';
    var figure = figureOf(box), place = box.querySelector('.plot');
    var room = box.parentElement.clientWidth - 30;
    if (figure.layout.width > room) figure.layout.width = room;
    place.textContent = '';
    Plotly.newPlot(place, figure.data, figure.layout, { displaylogo: false, displayModeBar: false });
  }
  var figures = Array.from(document.querySelectorAll('.figure'));

  // One after another, so that the page can be read meanwhile.
  (function next(i) { if (i < figures.length) setTimeout(function () { draw(figures[i]); next(i + 1); }, 0); })(0);
  figures.forEach(function (box) {
    box.querySelector('.enlarge').onclick = function () {
      var figure = figureOf(box), place = document.createElement('div');
      zoom.replaceChildren(place);
      zoom.showModal();
      var layout = Object.assign({}, figure.layout, { width: innerWidth * 0.9, height: innerHeight * 0.85, autosize: false });
      Plotly.newPlot(place, figure.data, layout, { displaylogo: false });
    };
  });

  document.addEventListener('click', function (event) {
    var picture = event.target;
    if (picture.tagName !== 'IMG' || !picture.closest('.output') || picture.closest('dialog')) return;
    var copy = document.createElement('img');
    copy.src = picture.src;
    copy.alt = picture.alt;
    if (getComputedStyle(picture).imageRendering === 'pixelated') copy.style.imageRendering = 'pixelated';
    zoom.replaceChildren(copy);
    zoom.showModal();
  });
  zoom.onclick = function (event) { if (event.target === zoom || event.target.tagName === 'IMG') zoom.close(); };
  zoom.onclose = function () { if (!zoom.open) zoom.replaceChildren(); };   // the event comes late: something else may be shown by then

  var links = {};
  document.querySelectorAll('nav a').forEach(function (a) { links[a.getAttribute('href').slice(1)] = a; });
  var reading = new IntersectionObserver(function (seen) {
    seen.forEach(function (s) {
      if (!s.isIntersecting || !links[s.target.id]) return;
      document.querySelectorAll('nav a.here').forEach(function (a) { a.classList.remove('here'); });
      links[s.target.id].classList.add('here');
    });
  }, { rootMargin: '0px 0px -75% 0px' });
  document.querySelectorAll('main h1[id], main h2[id], main h3[id]').forEach(function (h) { reading.observe(h); });
})();
