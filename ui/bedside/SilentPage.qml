import QtQuick
import "../components"
import "../theme"

// Silence: the bed's number, calm, and nothing else. The call stands beside it.
Item {
    id: page

    property string bed

    Label {
        anchors.centerIn: parent
        color: Theme.muted
        font.pixelSize: Math.round(Theme.sizeHuge * (Theme.textScale > 1.2 ? 0.7 : 1))
        horizontalAlignment: Text.AlignHCenter
        objectName: "silentBed"
        text: page.bed
        width: parent.width
        wrapMode: Text.Wrap
    }
}
