// Where everybody is stepped there is nobody to wake.

fn wake(thread: u32, step: u32) {
}
