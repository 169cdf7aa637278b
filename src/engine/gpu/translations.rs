//! Every pass in the language of every back end, with the settings wgpu uses there. `SPIKEWATT_SHADERS=DIR cargo test --lib translated`
//! leaves the texts in a folder, for compilers to try: `scripts/validate-shaders`.

use std::fmt::Write;
use std::path::Path;

use super::shaders::Pass;
use super::shaders::tests::{all, optional};
use wgpu::naga::back::{self, PipelineConstants, hlsl, msl, spv};
use wgpu::naga::proc::BoundsCheckPolicy;
use wgpu::naga::{self, ShaderStage, valid};

/// What a pass is specialised with: as it stands, with constants in a uniform buffer; or as GPUs compile large networks, with constants in
/// tables, workgroups of 256, and the longest walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Plain,
    Large,
}

/// A pass without overrides, and what its validation told.
struct Fixed<'a> {
    pass: &'a Pass,
    module: naga::Module,
    info: valid::ModuleInfo,
}

fn fixed(pass: &Pass, setting: Setting) -> Fixed<'_> {
    let source = pass.source(setting == Setting::Plain);
    let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
    let flags = valid::ValidationFlags::all();
    let info = valid::Validator::new(flags, valid::Capabilities::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{pass:?}: {}", e.emit_to_string(&source)));
    let entry = Some((ShaderStage::Compute, pass.entry()));
    let large = [("workgroup_size", 256.0), ("ahead", 4.0), ("wraps", 3.0)];
    let has = |name: &str| module.overrides.iter().any(|(_, o)| o.name.as_deref() == Some(name));
    let chosen = large.into_iter().filter(|(name, _)| setting == Setting::Large && has(name));
    let constants: PipelineConstants = chosen.map(|(name, value)| (name.to_owned(), value)).collect();
    let (module, info) = back::pipeline_constants::process_overrides(&module, &info, entry, &constants)
        .unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    Fixed { pass, module: module.into_owned(), info: info.into_owned() }
}

/// The text, and what its entry point is called there: `step` is a word of the language.
fn hlsl_text(Fixed { pass, module, info }: &Fixed<'_>, shader_model: hlsl::ShaderModel) -> (String, String) {
    let special = hlsl::BindTarget { space: 255, ..Default::default() };
    let options = hlsl::Options {
        shader_model,
        special_constants_binding: Some(special),
        zero_initialize_workgroup_memory: false,
        ..Default::default()
    };
    let pipeline = hlsl::PipelineOptions { entry_point: Some((ShaderStage::Compute, pass.entry().into())) };
    let mut text = String::new();
    let mut writer = hlsl::Writer::new(&mut text, &options, &pipeline);
    let written = writer.write(module, info, None).unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    let name = written.entry_point_names[0].as_ref().unwrap_or_else(|e| panic!("{pass:?}: {e}")).clone();
    (text, name)
}

fn msl_text(Fixed { pass, module, info }: &Fixed<'_>) -> String {
    let policies = naga::proc::BoundsCheckPolicies {
        index: BoundsCheckPolicy::Restrict,
        buffer: BoundsCheckPolicy::Restrict,
        image_load: BoundsCheckPolicy::ReadZeroSkipWrite,
        binding_array: BoundsCheckPolicy::Unchecked,
    };
    let options =
        msl::Options { lang_version: (2, 4), fake_missing_bindings: true, bounds_check_policies: policies, ..Default::default() };
    let pipeline = msl::PipelineOptions { entry_point: Some((ShaderStage::Compute, pass.entry().into())), ..Default::default() };
    let (text, written) = msl::write_string(module, info, &options, &pipeline).unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    written.entry_point_names[0].as_ref().unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    text
}

fn spv_words(Fixed { pass, module, info }: &Fixed<'_>) -> Vec<u32> {
    let options = spv::Options { lang_version: (1, 3), ..Default::default() };
    let pipeline = spv::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: pass.entry().into() };
    spv::write_vec(module, info, &options, Some(&pipeline)).unwrap_or_else(|e| panic!("{pass:?}: {e}"))
}

/// OpenGL ES, for passes that need no more than WebGPU grants.
fn glsl_text(Fixed { pass, module, info }: &Fixed<'_>) -> String {
    use back::glsl;
    let options = glsl::Options { version: glsl::Version::new_gles(310), ..Default::default() };
    let pipeline =
        glsl::PipelineOptions { shader_stage: ShaderStage::Compute, entry_point: pass.entry().into(), multiview: None };
    let mut text = String::new();
    let mut writer = glsl::Writer::new(&mut text, module, info, &options, &pipeline, Default::default())
        .unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    writer.write().unwrap_or_else(|e| panic!("{pass:?}: {e}"));
    text
}

/// Where texts are left, and a list of them with their entry points by language.
struct Folder<'a>(Option<&'a Path>, Vec<(&'static str, String)>);

impl Folder<'_> {
    fn leave(&mut self, number: usize, entry: &str, language: &'static str, bytes: &[u8]) {
        let Some(folder) = self.0 else { return };
        let path = folder.join(format!("{number:03}.{language}"));
        std::fs::write(&path, bytes).expect("a folder one can write to");
        if !self.1.iter().any(|(l, _)| *l == language) {
            self.1.push((language, String::new()));
        }
        let list = &mut self.1.iter_mut().find(|(l, _)| *l == language).expect("just added").1;
        let _ = writeln!(list, "{} {entry}", path.display());
    }
}

#[test]
fn every_pass_is_translated_for_every_back_end() {
    let wanted = std::env::var_os("SPIKEWATT_SHADERS");
    let mut folder = Folder(wanted.as_deref().map(Path::new), Vec::new());
    let (plain, more) = (all(), optional());
    let settings = [Setting::Plain, Setting::Large];
    let passes = settings.iter().flat_map(|setting| plain.iter().map(|pass| (pass, *setting, true)));
    let passes = passes.chain(settings.iter().flat_map(|setting| more.iter().map(|pass| (pass, *setting, false))));
    for (number, (pass, setting, is_plain)) in passes.enumerate() {
        let fixed = fixed(pass, setting);
        folder.leave(number, pass.entry(), "spv", bytemuck::cast_slice(&spv_words(&fixed)));
        folder.leave(number, pass.entry(), "metal", msl_text(&fixed).as_bytes());
        let (text, entry) = hlsl_text(&fixed, hlsl::ShaderModel::V6_6);
        folder.leave(number, &entry, "dxc.hlsl", text.as_bytes());
        if is_plain {
            let (text, entry) = hlsl_text(&fixed, hlsl::ShaderModel::V5_1);
            folder.leave(number, &entry, "fxc.hlsl", text.as_bytes());
            folder.leave(number, "main", "comp", glsl_text(&fixed).as_bytes());
        }
        if let Some(kept) = folder.0 {
            std::fs::write(kept.join(format!("{number:03}.txt")), format!("{pass:?} {setting:?}\n"))
                .expect("a folder one can write to");
        }
    }
    for (language, list) in &folder.1 {
        std::fs::write(folder.0.expect("a folder").join(format!("{language}.list")), list).expect("a folder one can write to");
    }
}
