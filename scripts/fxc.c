// fxc.exe LIST: compiles HLSL files with d3dcompiler_47.dll and wgpu's settings. Each line of LIST is a file and its entry point. Prints what
// was refused and why; fails if anything was.
#define COBJMACROS
#include <windows.h>
#include <d3dcommon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef HRESULT(WINAPI *Compile)(const void *, SIZE_T, const char *, const void *, void *, const char *, const char *, UINT, UINT, ID3DBlob **,
                                 ID3DBlob **);

static char *read_all(const char *name, SIZE_T *bytes) {
    FILE *file = fopen(name, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *bytes = ftell(file);
    rewind(file);
    char *text = malloc(*bytes + 1);
    *bytes = fread(text, 1, *bytes, file);
    fclose(file);
    return text;
}

int main(int count, char **words) {
    HMODULE library = LoadLibraryA("d3dcompiler_47.dll");
    Compile compile = library ? (Compile)(void *)GetProcAddress(library, "D3DCompile") : NULL;
    FILE *list = count == 2 ? fopen(words[1], "r") : NULL;
    // Wine marks libraries of its own behind the header.
    if (!compile || !memcmp((char *)library + 0x40, "Wine builtin DLL", 16)) return fprintf(stderr, "fxc: no d3dcompiler_47.dll of Microsoft's\n"), 2;
    if (!list) return fprintf(stderr, "usage: fxc LIST\n"), 2;
    char name[1024], entry[256];
    int all = 0, refused = 0;
    while (fscanf(list, "%1023s %255s", name, entry) == 2) {
        SIZE_T bytes = 0;
        char *text = read_all(name, &bytes);
        ID3DBlob *code = NULL, *message = NULL;
        all++;
        // Strictness, as in wgpu-hal's src/dx12/shader_compilation.rs.
        if (!text || FAILED(compile(text, bytes, NULL, NULL, NULL, entry, "cs_5_1", 1 << 11, 0, &code, &message))) {
            refused++;
            printf("%s, %s: %s\n", name, entry, message ? (char *)ID3D10Blob_GetBufferPointer(message) : "cannot be read");
        }
        fflush(stdout);
        if (code) ID3D10Blob_Release(code);
        if (message) ID3D10Blob_Release(message);
        free(text);
    }
    printf("fxc.hlsl: %d texts, %d refused\n", all, refused);
    return refused > 0 || all == 0;
}
