//! Parses, runs, and sets the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    silence_driver_noise();
    spikewatt::cli::tell_panics();
    match std::panic::catch_unwind(|| spikewatt::cli::run(std::env::args_os())) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(e)) => {
            eprintln!("spikewatt: {}", spikewatt::cli::in_flags(&e));
            ExitCode::from(e.exit_code())
        }
        // The hook has told it.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Mesa's device-selection layer complains on standard error where no desktop session runs; it is of no use here.
fn silence_driver_noise() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: the only thread is this one; nothing else reads the environment yet.
        #[allow(unsafe_code, reason = "no other thread runs yet, see above")]
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}
