[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    # The folder that the backup is written to.
    [string] $BackupFolder = (Join-Path $env:ProgramData 'rdscal\backup'),
    # Takes the change back: all steps in reverse, each checked first.
    [switch] $Undo,
    # Runs on a computer of another name than the plan was made for.
    [switch] $AnyComputer
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# --- the plan -------------------------------------------------------------------------------------------------

@PLAN@

# --- what works on it; the same in every script ---------------------------------------------------------------

# Type and bytes as they are stored: .NET alone shows and writes values only as their type says.
if (-not ('Rdscal.Raw' -as [type])) {
    Add-Type -TypeDefinition @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rdscal
{
    public sealed class RawValue
    {
        public uint Type;
        public byte[] Data;
    }

    public static class Raw
    {
        private const int NotFound = 2;

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
        private static extern int RegQueryValueExW(
            SafeRegistryHandle key, string name, IntPtr reserved, out uint type, byte[] data, ref uint size);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
        private static extern int RegSetValueExW(
            SafeRegistryHandle key, string name, uint reserved, uint type, byte[] data, uint size);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
        private static extern int RegDeleteValueW(SafeRegistryHandle key, string name);

        public static RawValue Get(SafeRegistryHandle key, string name)
        {
            uint type;
            uint size = 0;
            int error = RegQueryValueExW(key, name, IntPtr.Zero, out type, null, ref size);
            if (error == NotFound) { return null; }
            Check(error);
            byte[] data = new byte[size];
            Check(RegQueryValueExW(key, name, IntPtr.Zero, out type, data, ref size));
            RawValue value = new RawValue();
            value.Type = type;
            value.Data = data;
            return value;
        }

        public static void Set(SafeRegistryHandle key, string name, uint type, byte[] data)
        {
            Check(RegSetValueExW(key, name, 0, type, data, (uint)data.Length));
        }

        public static void Delete(SafeRegistryHandle key, string name)
        {
            int error = RegDeleteValueW(key, name);
            if (error != NotFound) { Check(error); }
        }

        private static void Check(int error)
        {
            if (error != 0) { throw new Win32Exception(error); }
        }
    }
}
'@
}

# A key, or nothing where there is none. Always the 64-bit view, whichever PowerShell this is.
function Open-Key([string] $Root, [string] $Path, [bool] $Writable) {
    $hive = [Microsoft.Win32.RegistryHive] $Root
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, [Microsoft.Win32.RegistryView]::Registry64)
    try { return $base.OpenSubKey($Path, $Writable) } finally { $base.Dispose() }
}

function Join-KeyPath([string] $Path, [string] $Below) {
    if ($Below -eq '') { return $Path }
    return $Path + '\' + $Below
}

function Test-Value($Key, [string] $Name, $Expected) {
    $found = $null
    if ($null -ne $Key) { $found = [Rdscal.Raw]::Get($Key.Handle, $Name) }
    if ($null -eq $found -or $null -eq $Expected) { return ($null -eq $found -and $null -eq $Expected) }
    $same = [BitConverter]::ToString($found.Data) -ceq [BitConverter]::ToString($Expected.Data)
    return ($found.Type -eq $Expected.Type -and $same)
}

function Test-Tree([string] $Root, [string] $Path, $Expected) {
    foreach ($entry in $Expected) {
        $key = Open-Key $Root (Join-KeyPath $Path $entry.Below) $false
        if ($null -eq $key) { return $false }
        try {
            if ($key.SubKeyCount -ne $entry.Subkeys -or $key.ValueCount -ne $entry.Held.Count) { return $false }
            foreach ($value in $entry.Held) {
                if (-not (Test-Value $key $value.Name $value)) { return $false }
            }
        } finally { $key.Dispose() }
    }
    return $true
}

# True where the place of a step holds just this.
function Test-State($Step, $State) {
    if ($Step.Do -eq 'Key' -and $null -ne $State) { return (Test-Tree $Step.Root $Step.Key $State) }
    $key = Open-Key $Step.Root $Step.Key $false
    try {
        if ($Step.Do -eq 'Key') { return ($null -eq $key) }
        return (Test-Value $key $Step.Name $State)
    } finally {
        if ($null -ne $key) { $key.Dispose() }
    }
}

function Set-Tree([string] $Root, [string] $Path, $State) {
    $hive = [Microsoft.Win32.RegistryHive] $Root
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, [Microsoft.Win32.RegistryView]::Registry64)
    try {
        if ($null -eq $State) {
            $base.DeleteSubKeyTree($Path, $false)
            return
        }
        foreach ($entry in $State) {
            $key = $base.CreateSubKey((Join-KeyPath $Path $entry.Below))
            try {
                foreach ($value in $entry.Held) {
                    [Rdscal.Raw]::Set($key.Handle, $value.Name, $value.Type, $value.Data)
                }
            } finally { $key.Dispose() }
        }
    } finally { $base.Dispose() }
}

# Makes the place of a step hold just this.
function Set-State($Step, $State) {
    if ($Step.Do -eq 'Key') {
        Set-Tree $Step.Root $Step.Key $State
        return
    }
    $key = Open-Key $Step.Root $Step.Key $true
    if ($null -eq $key) {
        if ($null -eq $State) { return }
        throw ('There is no key ' + $Step.Key)
    }
    try {
        if ($null -eq $State) {
            [Rdscal.Raw]::Delete($key.Handle, $Step.Name)
        } else {
            [Rdscal.Raw]::Set($key.Handle, $Step.Name, $State.Type, $State.Data)
        }
    } finally { $key.Dispose() }
}

# The object that Windows itself sets licensing with; nothing where this Windows does not have it.
function Get-Setting {
    try {
        return (Get-CimInstance -Namespace 'root/cimv2/TerminalServices' -ClassName 'Win32_TerminalServiceSetting')
    } catch [Microsoft.Management.Infrastructure.CimException] {
        if (@('InvalidNamespace', 'InvalidClass') -contains [string] $_.Exception.NativeErrorCode) { return $null }
        throw
    }
}

# True where Windows' own setter did it. False only where there is no such setter here, or where it is documented to take this
# on application servers only and this is none: then the registry is changed itself. Everything else is an error.
function Invoke-Setter($Step) {
    if ($Step.Setter -eq '') { return $false }
    $setting = Get-Setting
    if ($null -eq $setting) {
        Write-Warning 'This Windows has no Win32_TerminalServiceSetting: the registry is changed itself.'
        return $false
    }
    $source = $setting.CimInstanceProperties[$Step.PolicySource]
    if ($null -ne $source -and $source.Value -eq 1) {
        throw ('A Group Policy sets this; change the policy. (' + $Step.PolicySource + ' is 1)')
    }
    if ($null -eq $setting.CimClass.CimClassMethods[$Step.Setter]) {
        Write-Warning ('This Windows has no ' + $Step.Setter + ': the registry is changed itself.')
        return $false
    }
    $mode = $setting.CimInstanceProperties['TerminalServerMode']
    if ($Step.Setter -eq 'ChangeMode' -and $null -ne $mode -and $mode.Value -ne 1) {
        Write-Warning 'This is no application server yet, where ChangeMode takes no such mode: the registry is changed itself.'
        return $false
    }
    $arguments = @{}
    $arguments[$Step.Parameter] = $Step.Argument
    $result = Invoke-CimMethod -InputObject $setting -MethodName $Step.Setter -Arguments $arguments -Confirm:$false
    $code = [uint32] $result.ReturnValue
    if ($code -eq 2147749910) { throw 'A Group Policy sets this; change the policy. (0x80041016)' }
    if ($code -ne 0) { throw ($Step.Setter + (' failed with error 0x{0:X8}' -f $code)) }
    return $true
}

# True where Windows itself says that it is as it should be: its setter may store the same in another way.
function Test-Setter($Step) {
    if ($Step.Setter -eq '') { return $false }
    $setting = Get-Setting
    if ($null -eq $setting) { return $false }
    if ($Step.Setter -eq 'ChangeMode') {
        $type = $setting.LicensingType
        # The documentation lists 3 for Per User as well as 4.
        return ($type -eq $Step.Argument -or ($Step.Argument -eq 4 -and $type -eq 3))
    }
    $result = Invoke-CimMethod -InputObject $setting -MethodName 'GetSpecifiedLicenseServerList' -Confirm:$false
    return ((@($result.SpecifiedLSList) -join ',') -eq (@($Step.Argument) -join ','))
}

# --- check ----------------------------------------------------------------------------------------------------

if ($Computer -ne '' -and $Computer -ne $env:COMPUTERNAME -and -not $AnyComputer) {
    throw ('This plan was made for ' + $Computer + ' and this is ' + $env:COMPUTERNAME + '. Nothing was changed. ' +
        'Make a plan for this computer, or say -AnyComputer.')
}
$principal = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'This needs administrator rights. Nothing was changed. Start PowerShell with Run as administrator.'
}

$work = New-Object System.Collections.Generic.List[object]
foreach ($step in $Steps) {
    if ($Undo) {
        $work.Insert(0, @{ Step = $step; From = $step.After; To = $step.Before; First = $step.Last; Last = $step.First })
    } else {
        $work.Add(@{ Step = $step; From = $step.Before; To = $step.After; First = $step.First; Last = $step.Last })
    }
}

$wrong = New-Object System.Collections.Generic.List[string]
foreach ($item in $work) {
    if ($item.First -and -not (Test-State $item.Step $item.From)) { $wrong.Add($item.Step.Text) }
    if ($item.Step.PolicyValue -ne '' -and -not $Undo) {
        $key = Open-Key 'LocalMachine' 'SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services' $false
        if ($null -ne $key) {
            try {
                if ($null -ne [Rdscal.Raw]::Get($key.Handle, $item.Step.PolicyValue)) {
                    $wrong.Add('a Group Policy sets ' + $item.Step.PolicyValue + ', which wins over this change')
                }
            } finally { $key.Dispose() }
        }
    }
}
if ($wrong.Count -gt 0) {
    throw ('Nothing was changed. The machine is not as the plan expects: ' + ($wrong -join '; ') + '. Make a new plan.')
}

foreach ($item in $work) { Write-Verbose ($item.Step.Text + ': ' + $item.Step.Why) }
$what = $Title
if ($Undo) { $what = 'Undo: ' + $Title }
if (-not $PSCmdlet.ShouldProcess($env:COMPUTERNAME, $what + ' (' + $work.Count + ' changes)')) {
    foreach ($item in $work) { Write-Output ('would change: ' + $item.Step.Text) }
    return
}

# --- back up --------------------------------------------------------------------------------------------------

$null = New-Item -ItemType Directory -Path $BackupFolder -Force -Confirm:$false
$reg = Join-Path $env:SystemRoot 'System32\reg.exe'
$number = 0
foreach ($place in $Backup) {
    $key = Open-Key $place.Root $place.Key $false
    if ($null -eq $key) { continue }
    $key.Dispose()
    $number += 1
    $name = '{0}-{1:yyyyMMdd-HHmmss}-{2}.reg' -f $Stem, (Get-Date), $number
    $file = Join-Path $BackupFolder $name
    $null = & $reg export ($place.Hive + '\' + $place.Key) $file /y /reg:64
    if ($LASTEXITCODE -ne 0 -or -not (Test-Path -LiteralPath $file)) {
        throw ('The backup of ' + $place.Key + ' to ' + $file + ' failed. Nothing was changed.')
    }
    Write-Output ('backup: ' + $file)
}

# --- change and verify ----------------------------------------------------------------------------------------

$done = New-Object System.Collections.Generic.List[object]
try {
    foreach ($item in $work) {
        if (-not (Test-State $item.Step $item.From)) {
            throw ('It changed in the meantime: ' + $item.Step.Text)
        }
        $done.Insert(0, $item)
        $set = $false
        if (-not $Undo) { $set = Invoke-Setter $item.Step }
        if (-not $set) { Set-State $item.Step $item.To }
    }
    foreach ($item in $work) {
        if (-not $item.Last -or (Test-State $item.Step $item.To)) { continue }
        if ($Undo -or -not (Test-Setter $item.Step)) {
            throw ('It did not hold what was written: ' + $item.Step.Text)
        }
    }
} catch {
    $problem = $_
    $stuck = New-Object System.Collections.Generic.List[string]
    foreach ($item in $done) {
        try { Set-State $item.Step $item.From } catch { $stuck.Add($item.Step.Text + ': ' + $_) }
    }
    if ($stuck.Count -gt 0) {
        throw ('Failed: ' + $problem + '. Not everything could be taken back: ' + ($stuck -join '; ') +
            '. Import the backup from ' + $BackupFolder)
    }
    throw ('Failed: ' + $problem + '. What was done has been taken back.')
}

foreach ($item in $work) { Write-Output ('done: ' + $item.Step.Text) }
foreach ($line in $Afterwards) { Write-Output ('afterwards: ' + $line) }
