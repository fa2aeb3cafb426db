import QtQuick
import SmartWard.Screen
import "../theme"

// One key of the PIN: a digit, or "erase".
Tile {
    id: tile

    required property BedsideModel model
    property string key
    readonly property bool erases: tile.key === "erase"

    Accessible.name: tile.erases ? tile.model.pin.eraseText : tile.key
    flat: true
    iconName: tile.erases ? "backspace-outline" : ""
    objectName: "patientPin-" + tile.key
    size: tile.erases ? Theme.sizeLabel : Math.min(Theme.sizeTitle, Math.round(tile.height / 2))
    text: tile.erases ? "" : tile.key

    onTouched: {
        if (tile.erases)
            tile.model.pin.erase();
        else
            tile.model.pin.press(parseInt(tile.key));
    }
}
