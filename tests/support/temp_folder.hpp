#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weir::test
{

/// A folder of the test's own, gone with it.
class temp_folder
{
public:
    temp_folder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "weir-test-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    temp_folder(temp_folder const&) = delete;
    temp_folder& operator=(temp_folder const&) = delete;
    ~temp_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

    /// Writes a file and returns its path.
    std::string write(std::string_view name, std::string_view content) const
    {
        std::ofstream out(file(name), std::ios::binary);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        return file(name);
    }

private:
    std::string path_;
};

inline std::string content_of(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace weir::test
