import QtQuick
import "../components"
import "../theme"

// One receipt: a tick only for what has truly happened.
Row {
    id: receipt

    required property string status
    required property string text
    required property string icon
    // Negative: as broad as the words; 0: the mark alone; else they wrap.
    property real textWidth: -1
    readonly property real markSize: Math.round(Theme.sizeHeading * 1.2)
    readonly property color tint: receipt.status === "done" ? Theme.brand : receipt.status === "late" ? Theme.ink : Theme.muted

    Icon {
        anchors.verticalCenter: parent.verticalCenter
        color: receipt.tint
        name: receipt.icon
        size: receipt.markSize
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        color: receipt.tint
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.semibold
        objectName: receipt.objectName + "-text"
        text: receipt.text
        visible: receipt.textWidth !== 0
        width: receipt.textWidth < 0 ? implicitWidth : receipt.textWidth
        wrapMode: receipt.textWidth < 0 ? Text.NoWrap : Text.Wrap
    }
}
