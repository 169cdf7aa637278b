//! Promise: activity can be watched: a window is not blank, changes with the spikes, hears keys and mouse, and leaves nothing behind.

#![cfg(all(target_os = "linux", feature = "window"))]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{self, ConnectionExt as _, ImageFormat, InputFocus, Window};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const PATIENCE: Duration = Duration::from_secs(120);

/// A display of its own without a screen; ends with the test.
struct Display {
    server: Child,
    name: String,
    x: RustConnection,
    root: Window,
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A picture of the window.
#[derive(Clone, PartialEq)]
struct Shot {
    width: usize,
    pixels: Vec<u8>,
}

impl Shot {
    /// The part between two columns and two rows, in parts of the whole.
    fn part(&self, [left, right]: [f64; 2], [top, bottom]: [f64; 2]) -> Vec<u8> {
        let height = self.pixels.len() / 4 / self.width;
        let at = |part: f64, of: usize| (part * of as f64) as usize;
        let rows = at(top, height)..at(bottom, height);
        let row =
            |y: usize| &self.pixels[4 * (y * self.width + at(left, self.width))..4 * (y * self.width + at(right, self.width))];
        rows.flat_map(row).copied().collect()
    }

    fn cloud(&self) -> Vec<u8> {
        self.part([0.0, 0.7], [0.0, 0.7])
    }

    fn strip(&self) -> Vec<u8> {
        self.part([0.0, 0.7], [0.85, 0.98])
    }

    fn colours(&self) -> usize {
        let mut all: Vec<&[u8]> = self.pixels.chunks(4).collect();
        all.sort_unstable();
        all.dedup();
        all.len()
    }
}

impl Display {
    fn new() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1300x820x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("Xvfb ({e}); ./test installs it (Debian: xvfb libxkbcommon-x11-0 libxcursor1 libxi6)"));
        let (mut out, mut number, mut byte) = (server.stdout.take().expect("a pipe"), String::new(), [0u8]);
        while out.read(&mut byte).expect("a display") == 1 && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        let name = format!(":{number}");
        let (x, screen) = RustConnection::connect(Some(&name)).expect("connects");
        let root = x.setup().roots[screen].root;
        Self { server, name, x, root }
    }

    /// The program on this display, on a machine without a single font; `vulkan`: with a driver for it, else OpenGL only.
    fn program(&self, arguments: &[&str], vulkan: bool) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikewatt"));
        if !vulkan {
            command.env("VK_DRIVER_FILES", "/nowhere").env("VK_ICD_FILENAMES", "/nowhere");
        }
        command
            .args(arguments)
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("FONTCONFIG_FILE", "/nowhere")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs")
    }

    /// The window whose title has a word, once it is there.
    fn window(&self, word: &str, child: &mut Child) -> Window {
        let named = |w: Window| {
            let name = self.x.get_property(false, w, xproto::AtomEnum::WM_NAME, xproto::AtomEnum::ANY, 0, 100);
            name.ok().and_then(|n| n.reply().ok()).is_some_and(|n| String::from_utf8_lossy(&n.value).contains(word))
        };
        let mut found = None;
        wait_for("the window", || {
            assert!(child.try_wait().expect("a process").is_none(), "it ended: {}", said(child));
            let tree = self.x.query_tree(self.root).expect("asks").reply().expect("windows");
            found = tree.children.into_iter().find(|w| named(*w));
            found.is_some()
        });
        let window = found.expect("a window");
        self.x.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).expect("asks");
        self.x.sync().expect("a display");
        window
    }

    fn shot(&self, window: Window) -> Shot {
        let size = self.x.get_geometry(window).expect("asks").reply().expect("a size");
        let image = self.x.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, u32::MAX);
        let pixels = image.expect("asks").reply().expect("a picture").data;
        Shot { width: usize::from(size.width), pixels }
    }

    /// A picture that stays as it is.
    fn still(&self, window: Window) -> Shot {
        let mut last = self.shot(window);
        wait_for("a picture that stays", || {
            std::thread::sleep(Duration::from_millis(700));
            let now = self.shot(window);
            let same = now == last;
            last = now;
            same
        });
        last
    }

    fn input(&self, kind: u8, detail: u8, at: [i16; 2]) {
        self.x.xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, self.root, at[0], at[1], 0).expect("asks");
        self.x.sync().expect("a display");
        std::thread::sleep(Duration::from_millis(30));
    }

    /// Presses a key by its symbol.
    fn key(&self, symbol: u32) {
        let setup = self.x.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.x.get_keyboard_mapping(first, count).expect("asks").reply().expect("keys");
        let each = usize::from(map.keysyms_per_keycode);
        let place = map.keysyms.chunks(each).position(|s| s[0] == symbol).expect("the key is there");
        let code = first + u8::try_from(place).expect("few keys");
        self.input(xproto::KEY_PRESS_EVENT, code, [0, 0]);
        self.input(xproto::KEY_RELEASE_EVENT, code, [0, 0]);
    }

    /// What a window manager does when somebody closes a window.
    fn close(&self, window: Window) {
        let atom = |name: &[u8]| self.x.intern_atom(false, name).expect("asks").reply().expect("an atom").atom;
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = xproto::ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        self.x.send_event(false, window, xproto::EventMask::NO_EVENT, event).expect("asks");
        self.x.sync().expect("a display");
    }
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !there() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    for pipe in [child.stdout.as_mut().map(|p| p as &mut dyn Read), child.stderr.as_mut().map(|p| p as &mut dyn Read)] {
        let _ = pipe.expect("a pipe").read_to_string(&mut text);
    }
    text
}

/// Waits until it has ended, and tells what it said.
fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut status = None;
    wait_for("the end", || {
        status = child.try_wait().expect("a process");
        status.is_some()
    });
    (status.and_then(|s| s.code()), said(&mut child))
}

const SPACE: u32 = 0x20;
const LEFT: u32 = 0xff51;
const ESCAPE: u32 = 0xff1b;

#[test]
fn a_window_shows_what_fires_and_hears_keys_and_mouse() {
    let display = Display::new();
    let mut child = display.program(&["view", "brunel", "--scale", "0.2", "--engine", "gpu", "--fps", "30"], true);
    let window = display.window("brunel - spikewatt", &mut child);
    // Once it runs, cloud and strip change by themselves.
    wait_for("a picture", || display.shot(window).colours() > 200);
    let first = display.shot(window);
    wait_for("other spikes", || display.shot(window).cloud() != first.cloud());
    wait_for("other spikes on the strip", || display.shot(window).strip() != first.strip());
    // Space stops them.
    display.key(SPACE);
    let paused = display.still(window);
    assert!(paused.colours() > 200, "{} colours", paused.colours());
    // A step: the strip moves on by less than a column, the cloud fades a little.
    display.key(u32::from(b'.'));
    let stepped = display.still(window);
    assert!(stepped != paused, "a step cannot be seen");
    // Arrows, keys and mouse turn, zoom and hide.
    let mut before = stepped;
    let mut changes = |what: &str, act: &dyn Fn()| {
        act();
        let now = display.still(window);
        assert!(now.cloud() != before.cloud(), "{what} changes nothing");
        before = now;
    };
    changes("the left arrow", &|| display.key(LEFT));
    changes("plus", &|| display.key(u32::from(b'=')));
    changes("hiding a population", &|| display.key(u32::from(b'1')));
    changes("showing it again", &|| display.key(u32::from(b'1')));
    changes("dragging", &|| {
        display.input(xproto::MOTION_NOTIFY_EVENT, 0, [300, 250]);
        display.input(xproto::BUTTON_PRESS_EVENT, 1, [0, 0]);
        (0..6).for_each(|i| display.input(xproto::MOTION_NOTIFY_EVENT, 0, [300 + 15 * i, 250 + 5 * i]));
        display.input(xproto::BUTTON_RELEASE_EVENT, 1, [0, 0]);
    });
    changes("the wheel", &|| {
        display.input(xproto::BUTTON_PRESS_EVENT, 4, [0, 0]);
        display.input(xproto::BUTTON_RELEASE_EVENT, 4, [0, 0]);
    });
    let with_panels = display.still(window);
    display.key(u32::from(b'h'));
    let side = |shot: &Shot| shot.part([0.85, 0.99], [0.0, 0.5]);
    assert!(side(&display.still(window)) != side(&with_panels), "the panels stay");
    display.key(u32::from(b'h'));
    assert!(side(&display.still(window)) == side(&with_panels), "the panels do not come back");
    // It goes on.
    display.key(SPACE);
    let still = display.shot(window);
    wait_for("other spikes", || display.shot(window).strip() != still.strip());
    // Closing ends it, and no joules are told.
    display.close(window);
    let (code, said) = ended(child);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("RTF") && said.contains("No joules"), "{said}");
    // Chromium's SwiftShader has no windows: another adapter draws.
    let own = said.contains("the engine's own device") || said.contains("SwiftShader");
    assert!(own, "{said}");
}

#[test]
fn the_cpu_engines_spikes_are_shown_too_and_escape_or_a_signal_closes() {
    let display = Display::new();
    for by_signal in [false, true] {
        let mut child = display.program(&["view", "microcircuit", "--scale", "0.02", "--engine", "cpu", "--watts", "30"], true);
        let window = display.window("microcircuit - spikewatt", &mut child);
        wait_for("a picture", || display.shot(window).colours() > 200);
        let first = display.shot(window);
        wait_for("other spikes", || display.shot(window).strip() != first.strip());
        if by_signal {
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().expect("signals").success());
        } else {
            display.key(ESCAPE);
        }
        let (code, said) = ended(child);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("carried over by the host") && !said.contains("J/event"), "{said}");
    }
}

/// OpenGL can draw on a display only if it knew it when it was opened: the simulation's spikes are carried over then.
#[test]
fn a_machine_with_opengl_only_has_a_window_too() {
    let display = Display::new();
    let mut child = display.program(&["view", "brunel", "--scale", "0.1", "--engine", "gpu", "--seconds", "4"], false);
    let window = display.window("brunel - spikewatt", &mut child);
    wait_for("a picture", || display.shot(window).colours() > 200);
    let (code, said) = ended(child);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("OpenGL") && said.contains("carried over by the host") && said.contains("RTF"), "{said}");
}

#[test]
fn what_cannot_be_shown_is_told_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |display: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikewatt"));
        command.args(arguments).current_dir(folder.path());
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(variable);
        }
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let output = command.output().expect("runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (display, arguments, word) in [
        (None, vec!["view", "celegans", "--engine", "cpu"], "there is no display"),
        (Some(":4711"), vec!["view", "celegans", "--engine", "cpu"], "a window cannot be opened"),
        (None, vec!["view", "nothing"], "nothing"),
        (None, vec!["view", "celegans", "--fps", "0"], "0.01 to 240"),
        (None, vec!["view", "celegans", "--seconds", "0"], "above 0"),
    ] {
        let (code, said) = run(display, &arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(word) && !said.contains(".rs"), "{arguments:?}: {said}");
    }
}
